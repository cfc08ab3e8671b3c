using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies assemblies with their accessibility flags widened in place: internal becomes public, private protected becomes protected, private
/// stays. Only top-level types of the namespaces Microsoft.ML* are touched, so that embedded System.* polyfills do not clash with the
/// framework's types. Compiled by MSBuild itself (RoslynCodeTaskFactory, netstandard2.0), hence the plain C# and the metadata read by hand.
/// </summary>
/// <remarks>Numbers are those of ECMA-335, partition II: 22 (tables), 23.1 (flags), 24.2 (file format).</remarks>
public class WidenAccessibility : Task
{
    public ITaskItem[] Inputs { get; set; }

    public ITaskItem[] Outputs { get; set; }

    public override bool Execute()
    {
        for (var i = 0; i < Inputs.Length; i++)
        {
            var image = File.ReadAllBytes(Inputs[i].ItemSpec);
            new Metadata(image).Widen();

            // Written aside and moved, so that a build in parallel never sees half a file.
            var target = Outputs[i].ItemSpec;
            var aside = target + "." + Guid.NewGuid().ToString("N");
            Directory.CreateDirectory(Path.GetDirectoryName(target));
            File.WriteAllBytes(aside, image);
            if (File.Exists(target))
                File.Delete(target);
            File.Move(aside, target);
        }

        return !Log.HasLoggedErrors;
    }

    private sealed class Metadata
    {
        private const int TypeRefTable = 0x01, TypeDefTable = 0x02, FieldTable = 0x04, MethodTable = 0x06;

        private readonly byte[] image;
        private readonly int[] rowCount = new int[64];
        private readonly int[] tableStart = new int[MethodTable + 1];
        private readonly int[] rowSize;
        private readonly int stringIndexSize;
        private readonly int strings;

        public Metadata(byte[] image)
        {
            this.image = image;
            var root = FindMetadataRoot();
            var streams = ReadStreamHeaders(root);
            strings = streams["#Strings"];
            var tables = streams["#~"];

            int heapSizes = image[tables + 6];
            stringIndexSize = (heapSizes & 1) != 0 ? 4 : 2;
            var guidIndexSize = (heapSizes & 2) != 0 ? 4 : 2;
            var blobIndexSize = (heapSizes & 4) != 0 ? 4 : 2;

            var present = BitConverter.ToUInt64(image, tables + 8);
            var at = tables + 24;
            for (var table = 0; table < 64; table++)
            {
                if ((present >> table & 1) == 0)
                    continue;
                rowCount[table] = Int32(at);
                at += 4;
            }

            // II.22.30, .38, .37, .15 (FieldPtr is not in the standard: one index), .26; tables come in the order of their numbers.
            rowSize = new[]
            {
                2 + stringIndexSize + 3 * guidIndexSize,
                CodedIndexSize(0x00, 0x1A, 0x23, TypeRefTable) + 2 * stringIndexSize,
                4 + 2 * stringIndexSize + CodedIndexSize(TypeDefTable, TypeRefTable, 0x1B)
                    + IndexSize(rowCount[3] > 0 ? 3 : FieldTable) + IndexSize(rowCount[5] > 0 ? 5 : MethodTable),
                IndexSize(FieldTable),
                2 + stringIndexSize + blobIndexSize,
                IndexSize(MethodTable),
                8 + stringIndexSize + blobIndexSize + IndexSize(rowCount[7] > 0 ? 7 : 8),
            };
            for (var table = 0; table <= MethodTable; table++)
            {
                tableStart[table] = at;
                at += rowCount[table] * rowSize[table];
            }
        }

        public void Widen()
        {
            // TypeAttributes.VisibilityMask (II.23.1.15): 0 NotPublic, 1 Public, 2 NestedPublic, 4 NestedFamily, 5 NestedAssembly, 6
            // NestedFamANDAssem.
            foreach (var flags in Rows(TypeDefTable, flagsOffset: 0))
            {
                switch (image[flags] & 7)
                {
                    case 0 when NamespaceOf(flags).StartsWith("Microsoft.ML", StringComparison.Ordinal): Set(flags, 1); break;
                    case 5: Set(flags, 2); break;
                    case 6: Set(flags, 4); break;
                }
            }

            // FieldAttributes and MethodAttributes (II.23.1.5, .10): 2 FamANDAssem, 3 Assembly, 4 Family, 6 Public.
            foreach (var flags in Rows(FieldTable, flagsOffset: 0).Concat(Rows(MethodTable, flagsOffset: 6)))
            {
                switch (image[flags] & 7)
                {
                    case 3: Set(flags, 6); break;
                    case 2: Set(flags, 4); break;
                }
            }
        }

        private IEnumerable<int> Rows(int table, int flagsOffset) =>
            Enumerable.Range(0, rowCount[table]).Select(row => tableStart[table] + row * rowSize[table] + flagsOffset);

        private void Set(int flags, int visibility) => image[flags] = (byte)(image[flags] & ~7 | visibility);

        private string NamespaceOf(int typeDef)
        {
            var index = typeDef + 4 + stringIndexSize;
            return StringAt(strings + (stringIndexSize == 4 ? Int32(index) : UInt16(index)));
        }

        private int FindMetadataRoot()
        {
            var peHeader = Int32(0x3C);
            var optionalHeader = peHeader + 24;
            var isPe32Plus = UInt16(optionalHeader) == 0x20B;
            const int cliHeaderDirectory = 14;
            var cliHeader = FileOffset(peHeader, Int32(optionalHeader + (isPe32Plus ? 112 : 96) + cliHeaderDirectory * 8));
            var root = FileOffset(peHeader, Int32(cliHeader + 8));
            const int signature = 0x424A5342;
            if (Int32(root) != signature)
                throw new BadImageFormatException();
            return root;
        }

        private int FileOffset(int peHeader, int virtualAddress)
        {
            var sections = peHeader + 24 + UInt16(peHeader + 20);
            for (var section = 0; section < UInt16(peHeader + 6); section++)
            {
                var header = sections + section * 40;
                var start = Int32(header + 12);
                if (virtualAddress >= start && virtualAddress < start + Math.Max(Int32(header + 8), Int32(header + 16)))
                    return virtualAddress - start + Int32(header + 20);
            }

            throw new BadImageFormatException();
        }

        private Dictionary<string, int> ReadStreamHeaders(int root)
        {
            var streams = new Dictionary<string, int>();
            var at = root + 16 + Int32(root + 12);
            int count = UInt16(at + 2);
            at += 4;
            for (var stream = 0; stream < count; stream++)
            {
                var name = StringAt(at + 8);
                streams[name] = root + Int32(at);
                at += 8 + (name.Length + 4) / 4 * 4;
            }

            return streams;
        }

        private int IndexSize(int table) => rowCount[table] > 0xFFFF ? 4 : 2;

        // Two bits of a coded index name the table (II.24.2.6).
        private int CodedIndexSize(params int[] choices) => choices.Any(table => rowCount[table] > 0x3FFF) ? 4 : 2;

        private string StringAt(int offset) => Encoding.UTF8.GetString(image, offset, Array.IndexOf(image, (byte)0, offset) - offset);

        private int UInt16(int offset) => BitConverter.ToUInt16(image, offset);

        private int Int32(int offset) => BitConverter.ToInt32(image, offset);
    }
}
