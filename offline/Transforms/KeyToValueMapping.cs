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
        return new(name, input.Type.WithItems(values.ItemType), annotations.ToAnnotations(), [input], row => (Delegate)Getters.CallGeneric(
            typeof(KeyToValueMappingTransformer), nameof(MakeGetter), [key.RawType, values.ItemType.RawType], row, input));
    }

    private static Delegate MakeGetter<TKey, TValue>(DataViewRow row, DataViewSchema.Column input) where TKey : IConvertible
    {
        VBuffer<TValue> keyValues = default;
        input.GetKeyValues(ref keyValues);
        var values = keyValues.DenseValues().ToArray();
        // A missing key stands for a missing value: NaN where there is one, else the default.
        var missing = default(TValue) switch
        {
            float => (TValue)(object)float.NaN,
            double => (TValue)(object)double.NaN,
            _ => default,
        };
        return Getters.MapItems<TKey, TValue>(row, input, key =>
        {
            // The missing key 0 becomes the largest number there is.
            var index = key.ToUInt64(CultureInfo.InvariantCulture) - 1;
            return index < (ulong)values.Length ? values[index] : missing;
        });
    }
}
