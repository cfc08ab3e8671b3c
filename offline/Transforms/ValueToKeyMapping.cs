// Stands for ValueToKeyMapping of Microsoft.ML.Data. Left out: vocabularies given as keyData, keys of keys.

[assembly: LoadableClass(
    typeof(ValueToKeyMappingTransformer), null, typeof(SignatureLoadModel), "", ValueToKeyMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Learns the different values of columns, and numbers them.</summary>
public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly IHost host;
    private readonly InputOutputColumnPair[] columns;
    private readonly int maximumNumberOfKeys;
    private readonly KeyOrdinality keyOrdinality;
    private readonly bool valuesAsText;

    internal ValueToKeyMappingEstimator(
        IHostEnvironment env, InputOutputColumnPair[] columns, int maximumNumberOfKeys,
        KeyOrdinality keyOrdinality, bool valuesAsText, IDataView keyData)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumNumberOfKeys);
        if (keyData != null)
            throw new NotSupportedException("The offline host has no MapValueToKey with keyData: run this on the packages host.");
        host = env.Register(nameof(ValueToKeyMappingEstimator));
        this.columns = Contracts.CheckRef(columns, nameof(columns));
        this.maximumNumberOfKeys = maximumNumberOfKeys;
        this.keyOrdinality = keyOrdinality;
        this.valuesAsText = valuesAsText;
    }

    /// <summary>The order of the keys.</summary>
    public enum KeyOrdinality : byte { ByOccurrence = 0, ByValue = 1 }

    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShape.Create(Contracts.CheckRef(input, nameof(input)).Schema));
        var inputs = columns.Select(pair => input.Schema[pair.InputColumnName]).ToArray();
        var vocabularies = inputs.Select(column => Vocabulary.Create(column.Type.GetItemType())).ToArray();
        using (var cursor = input.GetRowCursor(inputs))
        {
            var collectors = vocabularies
                .Zip(inputs, (vocabulary, column) => vocabulary.MakeCollector(cursor, column, maximumNumberOfKeys)).ToArray();
            while (cursor.MoveNext())
                foreach (var collect in collectors)
                    collect();
        }

        foreach (var vocabulary in vocabularies.Where(_ => keyOrdinality == KeyOrdinality.ByValue))
            vocabulary.Sort();
        return new(host, columns, vocabularies, valuesAsText);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.With(host, columns, (name, column) =>
    {
        if (column.IsKey || !TypeCodec.CanWrite(column.ItemType))
            throw Shapes.Mismatch(host, column, "a number, text, boolean or time");
        var valueType = valuesAsText ? TextDataViewType.Instance : column.ItemType;
        var keyValues = new SchemaShape.Column(Kinds.KeyValues, VectorKind.Vector, valueType, false);
        return new(name, column.Kind, NumberDataViewType.UInt32, true, new SchemaShape(column.SlotNames().Append(keyValues)));
    });
}

/// <summary>Replaces values by their numbers: 1 for the first, 0 for a value that is not known.</summary>
public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ValueToKey";
    private static readonly VersionInfo Version = VersionInfo.Own("VAL2KEY ", LoaderSignature);
    private readonly Vocabulary[] vocabularies;
    private readonly bool valuesAsText;

    internal ValueToKeyMappingTransformer(
        IHostEnvironment env, InputOutputColumnPair[] columns, Vocabulary[] vocabularies, bool valuesAsText)
        : base(env, Version, columns)
    {
        this.vocabularies = vocabularies;
        this.valuesAsText = valuesAsText;
    }

    internal ValueToKeyMappingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, Version, ctx)
    {
        valuesAsText = ctx.Reader.ReadBoolean();
        vocabularies = Array.ConvertAll(Columns, _ => Vocabulary.Load(ctx.Reader));
    }

    private protected override void SaveParameters(BinaryWriter writer)
    {
        base.SaveParameters(writer);
        writer.Write(valuesAsText);
        foreach (var vocabulary in vocabularies)
            vocabulary.Save(writer);
    }

    private protected override MappedColumn MapColumn(int index, string name, DataViewSchema.Column input)
    {
        var vocabulary = vocabularies[index];
        if (!vocabulary.ItemType.Equals(input.Type.GetItemType()))
            throw Mismatch(input, vocabulary.ItemType.ToString());
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input.Annotations, kind => kind == Kinds.SlotNames);
        vocabulary.AddKeyValues(annotations, valuesAsText);
        var type = input.Type.WithItems(vocabulary.KeyType);
        return new(name, type, annotations.ToAnnotations(), [input], row => vocabulary.MakeKeyGetter(row, input));
    }
}
