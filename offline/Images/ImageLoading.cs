// Stands for ImageLoadingEstimator of Microsoft.ML.ImageAnalytics. Left out: LoadRawImageBytes.

[assembly: LoadableClass(
    typeof(ImageLoadingTransformer), null, typeof(SignatureLoadModel), "", ImageLoadingTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

public sealed class ImageLoadingEstimator : TrivialEstimator<ImageLoadingTransformer>
{
    internal ImageLoadingEstimator(IHostEnvironment env, string imageFolder, InputOutputColumnPair[] columns)
        : base(env, new(env, imageFolder, columns)) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.With(Host, Transformer.Columns, (name, column) =>
        column.ItemType is TextDataViewType && column.Kind == VectorKind.Scalar
            ? new(name, VectorKind.Scalar, new ImageDataViewType(), false)
            : throw Shapes.Mismatch(Host, column, TextDataViewType.Instance.ToString()));
}

/// <summary>Reads pictures by their paths, relative to a folder unless that is null or empty. An empty path is no picture (null).</summary>
public sealed class ImageLoadingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "LoadImages";
    private static readonly VersionInfo Version = VersionInfo.Own("IMGLOAD ", LoaderSignature);
    public readonly string ImageFolder;

    internal ImageLoadingTransformer(IHostEnvironment env, string imageFolder, InputOutputColumnPair[] columns)
        : base(env, Version, columns) =>
        ImageFolder = string.IsNullOrEmpty(imageFolder) ? null : imageFolder;

    internal ImageLoadingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, Version, ctx) =>
        ImageFolder = ctx.Reader.ReadString() is { Length: > 0 } folder ? folder : null;

    private protected override void SaveParameters(BinaryWriter writer)
    {
        base.SaveParameters(writer);
        writer.Write(ImageFolder ?? "");
    }

    private protected override MappedColumn MapColumn(int index, string name, DataViewSchema.Column input) => input.Type is TextDataViewType
        ? new(name, new ImageDataViewType(), DataViewSchema.Annotations.Empty, [input], row => MakeGetter(row, input))
        : throw Mismatch(input, TextDataViewType.Instance.ToString());

    private ValueGetter<MLImage> MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        var getPath = row.GetGetter<ReadOnlyMemory<char>>(input);
        ReadOnlyMemory<char> path = default;
        return (ref MLImage image) =>
        {
            getPath(ref path);
            image = null;
            if (path.IsEmpty)
                return;
            var fullPath = Path.Combine(ImageFolder ?? "", path.ToString());
            image = MLImage.CreateFromFile(fullPath);
            image.Tag = fullPath;
        };
    }
}
