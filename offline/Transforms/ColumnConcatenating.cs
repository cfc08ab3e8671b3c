// Stands for Concatenate of Microsoft.ML.Data. Left out: categorical slot ranges.

[assembly: LoadableClass(
    typeof(ColumnConcatenatingTransformer), null, typeof(SignatureLoadModel), "", ColumnConcatenatingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms
{
    public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
    {
        private readonly IHost host;
        private readonly string name;
        private readonly string[] sources;

        internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, string[] inputColumnNames)
        {
            host = env.Register(nameof(ColumnConcatenatingEstimator));
            name = Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
            sources = Contracts.CheckRef(inputColumnNames, nameof(inputColumnNames)) is [] ? [outputColumnName] : inputColumnNames;
        }

        public ColumnConcatenatingTransformer Fit(IDataView input)
        {
            var transformer = new ColumnConcatenatingTransformer(host, name, sources);
            transformer.GetOutputSchema(Contracts.CheckRef(input, nameof(input)).Schema);
            return transformer;
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            var columns = Array.ConvertAll(sources, source => inputSchema.Require(host, source));
            var (itemType, isKey) = (columns[0].ItemType, columns[0].IsKey);
            foreach (var column in columns)
                if (!column.ItemType.Equals(itemType) || column.IsKey != isKey || itemType is not PrimitiveDataViewType)
                    throw Shapes.Mismatch(host, column, isKey ? $"Key<{itemType}>" : itemType.ToString());

            var known = columns.All(column => column.Kind != VectorKind.VariableVector);
            var annotations = new List<SchemaShape.Column>();
            if (known && columns.Any(column => column.Kind == VectorKind.Scalar || column.Has(Kinds.SlotNames)))
                annotations.Add(new(Kinds.SlotNames, VectorKind.Vector, TextDataViewType.Instance, false));
            if (columns.All(column => column.Has(Kinds.IsNormalized)))
                annotations.Add(new(Kinds.IsNormalized, VectorKind.Scalar, BooleanDataViewType.Instance, false));
            var kind = known ? VectorKind.Vector : VectorKind.VariableVector;
            return inputSchema.With([new SchemaShape.Column(name, kind, itemType, isKey, new SchemaShape(annotations))]);
        }
    }
}

namespace Microsoft.ML.Data
{
    /// <summary>Joins scalars and vectors of one item type into a vector, whose only dimension is the sum of the sizes.</summary>
    public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
    {
        internal const string LoaderSignature = "Concatenate";
        private static readonly VersionInfo Version = VersionInfo.Own("CONCATEN", LoaderSignature);
        private readonly string name;
        private readonly string[] sources;

        internal ColumnConcatenatingTransformer(IHostEnvironment env, string name, string[] sources) : base(env, Version)
        {
            this.name = name;
            this.sources = sources;
        }

        internal ColumnConcatenatingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, Version)
        {
            ctx.CheckAtModel(Version);
            name = ctx.Reader.ReadString();
            var names = new List<string>();
            for (var count = ctx.Reader.ReadInt32(); count > 0; count--)
                names.Add(ctx.Reader.ReadString());
            sources = names.ToArray();
        }

        private protected override void SaveParameters(BinaryWriter writer)
        {
            writer.Write(name);
            writer.Write(sources.Length);
            foreach (var source in sources)
                writer.Write(source);
        }

        private protected override IEnumerable<MappedColumn> MapColumns(DataViewSchema inputSchema)
        {
            var columns = Array.ConvertAll(sources, source => FindInput(inputSchema, source));
            if (columns[0].Type.GetItemType() is not PrimitiveDataViewType itemType)
                throw Mismatch(columns[0], "a number, text, boolean, time or key");
            foreach (var column in columns)
                if (!column.Type.GetItemType().Equals(itemType))
                    throw Mismatch(column, itemType.ToString());

            var known = columns.All(column => column.Type is not VectorDataViewType { IsKnownSize: false });
            var size = known ? columns.Sum(column => Math.Max(1, column.Type.GetVectorSize())) : 0;
            var annotations = new DataViewSchema.Annotations.Builder();
            if (known && columns.Any(column => column.Type is not VectorDataViewType || column.HasSlotNames()))
                annotations.AddSlotNames(size, Getters.OfArray(columns.SelectMany(SlotNames).ToArray()));
            if (columns.All(column => column.IsNormalized()))
                annotations.AddPrimitiveValue(Kinds.IsNormalized, BooleanDataViewType.Instance, true);
            var type = new VectorDataViewType(itemType, size);
            return [new(name, type, annotations.ToAnnotations(), columns, row => (Delegate)Getters.CallGeneric(
                typeof(ColumnConcatenatingTransformer), nameof(MakeGetter), [itemType.RawType], row, columns))];
        }

        /// <summary>A scalar gives its slot its own name; the slots of a vector are named after both, or not at all.</summary>
        private static IEnumerable<ReadOnlyMemory<char>> SlotNames(DataViewSchema.Column column)
        {
            if (column.Type is not VectorDataViewType vector)
                return [column.Name.AsMemory()];
            if (!column.HasSlotNames())
                return new ReadOnlyMemory<char>[vector.Size];
            VBuffer<ReadOnlyMemory<char>> names = default;
            column.GetSlotNames(ref names);
            return names.DenseValues().Select(slot => slot.IsEmpty ? slot : $"{column.Name}.{slot}".AsMemory());
        }

        private static ValueGetter<VBuffer<T>> MakeGetter<T>(DataViewRow row, DataViewSchema.Column[] columns)
        {
            var getters = Array.ConvertAll(columns, column => Getters.AsVector<T>(row, column));
            var parts = new VBuffer<T>[columns.Length];
            return (ref VBuffer<T> target) =>
            {
                for (var i = 0; i < parts.Length; i++)
                    getters[i](ref parts[i]);
                Join(parts, ref target);
            };
        }

        /// <summary>The parts one after another: sparse when any is, dense when all are.</summary>
        private static void Join<T>(VBuffer<T>[] parts, ref VBuffer<T> target)
        {
            var editor = VBufferEditor.Create(ref target, parts.Sum(part => part.Length), parts.Sum(part => part.GetValues().Length));
            int offset = 0, filled = 0;
            foreach (var part in parts)
            {
                var values = part.GetValues();
                values.CopyTo(editor.Values[filled..]);
                if (!editor.Indices.IsEmpty)
                {
                    var indices = part.GetIndices();
                    for (var i = 0; i < values.Length; i++)
                        editor.Indices[filled + i] = offset + (part.IsDense ? i : indices[i]);
                }

                offset += part.Length;
                filled += values.Length;
            }

            target = editor.Commit();
        }
    }
}
