// Stands for KeyToValueMapping of Microsoft.ML.Data. Left out: nothing that is public.

[assembly: LoadableClass(
    typeof(KeyToValueMappingTransformer), null, typeof(SignatureLoadModel), "", KeyToValueMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Replaces keys by the values in their KeyValues annotation, which the input must promise.</summary>
public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    internal KeyToValueMappingEstimator(IHostEnvironment env, InputOutputColumnPair[] columns) : base(env, new(env, columns)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.With(Host, Transformer.Columns, (name, column) =>
    {
        if (!column.IsKey || !column.Annotations.TryFindColumn(Kinds.KeyValues, out var values) || values.Kind != VectorKind.Vector)
            throw Shapes.Mismatch(Host, column, "Key with KeyValues annotation");
        return new(name, column.Kind, values.ItemType, values.IsKey, new SchemaShape(column.SlotNames()));
    });
}

public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "KeyToValue";
    private static readonly VersionInfo Version = VersionInfo.Own("KEY2VAL ", LoaderSignature);

    internal KeyToValueMappingTransformer(IHostEnvironment env, InputOutputColumnPair[] columns) : base(env, Version, columns) { }

    internal KeyToValueMappingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, Version, ctx) { }

    private protected override MappedColumn MapColumn(int index, string name, DataViewSchema.Column input)
    {
        if (input.Type.GetItemType() is not KeyDataViewType key
            || input.Annotations.Schema.GetColumnOrNull(Kinds.KeyValues)?.Type is not VectorDataViewType values)
            throw Mismatch(input, "Key with KeyValues annotation");
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input.Annotations, kind => kind == Kinds.SlotNames);
        var mapping = (KeyMapping)Activator.CreateInstance(
            typeof(KeyMapping<,>).MakeGenericType(key.RawType, values.ItemType.RawType), input);
        return new(name, input.Type.WithItems(values.ItemType), annotations.ToAnnotations(), [input], mapping.MakeGetter);
    }

    private abstract class KeyMapping
    {
        public abstract Delegate MakeGetter(DataViewRow row);
    }

    private sealed class KeyMapping<TKey, TValue> : KeyMapping where TKey : struct, IConvertible
    {
        // A missing key stands for a missing value: NaN where there is one, else the default.
        private static readonly TValue Missing = typeof(TValue) == typeof(float) ? (TValue)(object)float.NaN
            : typeof(TValue) == typeof(double) ? (TValue)(object)double.NaN : default;

        private readonly DataViewSchema.Column input;
        private readonly TValue[] values;

        public KeyMapping(DataViewSchema.Column input)
        {
            this.input = input;
            VBuffer<TValue> keyValues = default;
            input.GetKeyValues(ref keyValues);
            values = keyValues.DenseValues().ToArray();
        }

        public override Delegate MakeGetter(DataViewRow row) => Getters.MapItems<TKey, TValue>(row, input, key =>
        {
            // The missing key 0 becomes the largest number there is.
            var index = key.ToUInt64(CultureInfo.InvariantCulture) - 1;
            return index < (ulong)values.Length ? values[index] : Missing;
        });
    }
}
