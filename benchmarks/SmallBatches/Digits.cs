using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MLNet.BatchNorm.SmallBatches;

/// <summary>The handwritten digits of the sample: one 8x8 gray picture per row, pixels in [0, 1], and the digit.</summary>
internal sealed record Digits(float[][] Pixels, int[] Labels)
{
    private const int Size = 8;
    private const float Brightest = 240;   // as the sample's make_digits.py writes them

    /// <summary>Reads the rows of "&lt;digit&gt;/&lt;part&gt;-&lt;row&gt;.png" in the order of the rows.</summary>
    public static Digits Read(string zip, string part)
    {
        using var archive = ZipFile.OpenRead(zip);
        var entries = archive.Entries.Where(entry => entry.Name.StartsWith(part, StringComparison.Ordinal))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal).ToArray();
        return new Digits([.. entries.Select(PixelsOf)], [.. entries.Select(entry => entry.FullName[0] - '0')]);
    }

    private static float[] PixelsOf(ZipArchiveEntry entry)
    {
        using var file = new MemoryStream();
        using (var stream = entry.Open())
            stream.CopyTo(file);

        // Enough of PNG for these files: 8-bit gray, one IDAT chunk, no filters.
        var bytes = file.ToArray().AsSpan();
        var at = bytes.IndexOf(Encoding.ASCII.GetBytes("IDAT"));
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes[(at - sizeof(int))..]);
        using var packed = new ZLibStream(new MemoryStream(bytes.Slice(at + 4, length).ToArray()), CompressionMode.Decompress);
        var rows = new byte[Size * (Size + 1)];
        packed.ReadExactly(rows);
        if (Enumerable.Range(0, Size).Any(row => rows[row * (Size + 1)] != 0))
            throw new InvalidDataException($"{entry.FullName} has filtered rows, which only a full PNG decoder reads.");
        return [.. rows.Where((_, i) => i % (Size + 1) > 0).Select(value => value / Brightest)];
    }
}
