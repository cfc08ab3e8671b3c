// Stands for CopyColumns of Microsoft.ML.Data. Left out: DropColumns and SelectColumns.

[assembly: LoadableClass(
    typeof(ColumnCopyingTransformer), null, typeof(SignatureLoadModel), "", ColumnCopyingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class ColumnCopyingEstimator : TrivialEstimator<ColumnCopyingTransformer>
{
    internal ColumnCopyingEstimator(IHostEnvironment env, InputOutputColumnPair[] columns) : base(env, new(env, columns)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.With(
        Host, Transformer.Columns, (name, column) => new(name, column.Kind, column.ItemType, column.IsKey, column.Annotations));
}

/// <summary>Gives a column a second name; type, annotations and values are the same.</summary>
public sealed class ColumnCopyingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "CopyColumns";
    private static readonly VersionInfo Version = VersionInfo.Own("CPYCOLS ", LoaderSignature);

    internal ColumnCopyingTransformer(IHostEnvironment env, InputOutputColumnPair[] columns) : base(env, Version, columns) { }

    internal ColumnCopyingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, Version, ctx) { }

    private protected override MappedColumn MapColumn(int index, string name, DataViewSchema.Column input) =>
        new(name, input.Type, input.Annotations, [input], row => Getters.Make(row, input));
}
