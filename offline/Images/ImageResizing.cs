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

/// <summary>
/// Scales with a triangle filter: bilinear interpolation when enlarging, an average over the covered pixels when reducing.
/// The same size gives the same pixels.
/// </summary>
internal static class ImageScaler
{
    private const int Channels = 4;

    public static MLImage Scale(MLImage source, int width, int height)
    {
        var wide = Scale(Array.ConvertAll(source.Pixels.ToArray(), value => (float)value), source.Height, source.Width, width, Channels);
        var scaled = Scale(wide, 1, source.Height, height, width * Channels);
        var pixels = Array.ConvertAll(scaled, value => (byte)(value + 0.5f));
        var image = MLImage.CreateFromPixels(width, height, source.PixelFormat, pixels);
        image.Tag = source.Tag;
        return image;
    }

    /// <summary>Scales the middle axis of lines x length x inner to lines x newLength x inner.</summary>
    private static float[] Scale(float[] source, int lines, int length, int newLength, int inner)
    {
        var target = new float[lines * newLength * inner];
        for (var to = 0; to < newLength; to++)
        {
            var (first, weights) = Weights(to, length, newLength);
            for (var line = 0; line < lines; line++)
                for (var w = 0; w < weights.Length * inner; w++)
                    target[(line * newLength + to) * inner + w % inner] += weights[w / inner] * source[(line * length + first) * inner + w];
        }

        return target;
    }

    /// <summary>The weights of the source pixels for one target pixel, by the distance of their centres; they sum to 1.</summary>
    private static (int First, float[] Weights) Weights(int to, int length, int newLength)
    {
        var scale = (double)length / newLength;
        var radius = Math.Max(1, scale);
        var centre = (to + 0.5) * scale - 0.5;
        var first = Math.Max(0, (int)Math.Ceiling(centre - radius));
        var last = Math.Min(length - 1, (int)Math.Floor(centre + radius));
        var weights = Enumerable.Range(first, last - first + 1).Select(from => Math.Max(0, 1 - Math.Abs(from - centre) / radius)).ToArray();
        var sum = weights.Sum();
        return (first, Array.ConvertAll(weights, weight => (float)(weight / sum)));
    }
}
