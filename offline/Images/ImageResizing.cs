// Stands for ImageResizingEstimator of Microsoft.ML.ImageAnalytics. Left out: every way of resizing but Fill, anchors.

[assembly: LoadableClass(
    typeof(ImageResizingTransformer), null, typeof(SignatureLoadModel), "", ImageResizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

public sealed class ImageResizingEstimator : TrivialEstimator<ImageResizingTransformer>
{
    internal ImageResizingEstimator(
        IHostEnvironment env, InputOutputColumnPair[] columns, ImageDataViewType type, ResizingKind resizing, Anchor cropAnchor)
        : base(env, new(env, columns, type))
    {
        if (resizing != ResizingKind.Fill)
            throw new NotSupportedException(
                $"The offline host resizes images by Fill, not by {resizing} ({cropAnchor}): use Fill, or run this on the packages host.");
    }

    /// <summary>How a picture of other proportions is fitted; Fill scales height and width apart.</summary>
    public enum ResizingKind : byte { IsoPad = 0, IsoCrop = 1, Fill = 2 }

    /// <summary>Which part is kept when cropping.</summary>
    public enum Anchor : byte { Right = 0, Left = 1, Top = 2, Bottom = 3, Center = 4 }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.With(Host, Transformer.Columns, (name, column) =>
        column.ItemType is ImageDataViewType
            ? new(name, VectorKind.Scalar, Transformer.ImageType, false)
            : throw Shapes.Mismatch(Host, column, "Image"));
}

/// <summary>Scales pictures to one size.</summary>
public sealed class ImageResizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ResizeImages";
    private static readonly VersionInfo Version = VersionInfo.Own("IMGRESIZ", LoaderSignature);

    internal ImageResizingTransformer(IHostEnvironment env, InputOutputColumnPair[] columns, ImageDataViewType type)
        : base(env, Version, columns) =>
        ImageType = type;

    internal ImageResizingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, Version, ctx) =>
        ImageType = new ImageDataViewType(ctx.Reader.ReadInt32(), ctx.Reader.ReadInt32());

    internal ImageDataViewType ImageType { get; }

    private protected override void SaveParameters(BinaryWriter writer)
    {
        base.SaveParameters(writer);
        writer.Write(ImageType.Height);
        writer.Write(ImageType.Width);
    }

    private protected override MappedColumn MapColumn(int index, string name, DataViewSchema.Column input) =>
        input.Type is ImageDataViewType ? new(name, ImageType, DataViewSchema.Annotations.Empty, [input], row => MakeGetter(row, input))
        : throw Mismatch(input, "Image");

    private ValueGetter<MLImage> MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        var getSource = row.GetGetter<MLImage>(input);
        MLImage source = null;
        return (ref MLImage image) =>
        {
            getSource(ref source);
            image = source == null ? null : ImageScaler.Scale(source, ImageType.Width, ImageType.Height);
        };
    }
}
