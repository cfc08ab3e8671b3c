// Stands for ImagePixelExtractingEstimator of Microsoft.ML.ImageAnalytics. Left out: column options.

using System.Collections.Immutable;
using System.Text.Json;

[assembly: LoadableClass(
    typeof(ImagePixelExtractingTransformer), null, typeof(SignatureLoadModel), "", ImagePixelExtractingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

public sealed class ImagePixelExtractingEstimator : TrivialEstimator<ImagePixelExtractingTransformer>
{
    internal ImagePixelExtractingEstimator(IHostEnvironment env, InputOutputColumnPair[] columns, PixelLayout layout)
        : base(env, new(env, columns, layout)) { }

    /// <summary>Which colours are extracted.</summary>
    [Flags]
    public enum ColorBits : byte { Alpha = 1, Red = 2, Green = 4, Blue = 8, Rgb = Red | Green | Blue, All = Alpha | Rgb }

    /// <summary>In which order.</summary>
    public enum ColorsOrder : byte { ARGB = 1, ARBG = 2, ABRG = 3, ABGR = 4, AGRB = 5, AGBR = 6 }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.With(Host, Transformer.Columns, (name, column) =>
        column.ItemType is ImageDataViewType
            ? new(name, VectorKind.Vector, Transformer.Layout.ItemType, false)
            : throw Shapes.Mismatch(Host, column, "Image"));
}

/// <summary>How pixels become a vector: (value − Offset) · Scale, one plane after another or the colours of each pixel together.</summary>
internal sealed record PixelLayout(
    ImagePixelExtractingEstimator.ColorBits Colors, ImagePixelExtractingEstimator.ColorsOrder Order,
    bool Interleaved, float Offset, float Scale, bool AsFloat)
{
    internal PrimitiveDataViewType ItemType => AsFloat ? NumberDataViewType.Single : NumberDataViewType.Byte;

    public VectorDataViewType TypeOf(ImageDataViewType image)
    {
        var planes = PlaneLetters.Length;
        return new(ItemType, Interleaved ? [image.Height, image.Width, planes] : ImmutableArray.Create(planes, image.Height, image.Width));
    }

    /// <summary>The values of a picture, in the order of the vector.</summary>
    public void Extract<T>(MLImage image, Span<T> target, Func<float, T> convert)
    {
        var letters = PlaneLetters;
        var pixels = image.Pixels;
        var count = pixels.Length / 4;
        for (var plane = 0; plane < letters.Length; plane++)
        {
            var channel = (image.PixelFormat == MLPixelFormat.Bgra32 ? "BGRA" : "RGBA").IndexOf(letters[plane]);
            for (var pixel = 0; pixel < count; pixel++)
            {
                var slot = Interleaved ? pixel * letters.Length + plane : plane * count + pixel;
                target[slot] = convert((pixels[4 * pixel + channel] - Offset) * Scale);
            }
        }
    }

    /// <summary>The extracted colours in their order, as letters.</summary>
    private string PlaneLetters => string.Concat(Order.ToString().Where(letter => Colors.HasFlag(letter switch
    {
        'A' => ImagePixelExtractingEstimator.ColorBits.Alpha,
        'R' => ImagePixelExtractingEstimator.ColorBits.Red,
        'G' => ImagePixelExtractingEstimator.ColorBits.Green,
        _ => ImagePixelExtractingEstimator.ColorBits.Blue,
    })));
}

/// <summary>Makes a vector of each picture; a missing picture gives zeros.</summary>
public sealed class ImagePixelExtractingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ExtractPixels";
    private static readonly VersionInfo Version = VersionInfo.Own("IMGPIXEX", LoaderSignature);

    internal ImagePixelExtractingTransformer(IHostEnvironment env, InputOutputColumnPair[] columns, PixelLayout layout)
        : base(env, Version, columns) =>
        Layout = layout;

    internal ImagePixelExtractingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, Version, ctx) =>
        Layout = JsonSerializer.Deserialize<PixelLayout>(ctx.Reader.ReadString());

    internal PixelLayout Layout { get; }

    private protected override void SaveParameters(BinaryWriter writer)
    {
        base.SaveParameters(writer);
        writer.Write(JsonSerializer.Serialize(Layout));
    }

    private protected override MappedColumn MapColumn(int index, string name, DataViewSchema.Column input)
    {
        if (input.Type is not ImageDataViewType { IsKnownSize: true } image)
            throw Mismatch(input, "Image of known size (use ResizeImages)");
        return new(name, Layout.TypeOf(image), DataViewSchema.Annotations.Empty, [input], row => Layout.AsFloat
            ? MakeGetter(row, input, value => value)
            : MakeGetter(row, input, value => (byte)value));
    }

    private ValueGetter<VBuffer<T>> MakeGetter<T>(DataViewRow row, DataViewSchema.Column input, Func<float, T> convert)
    {
        var (type, size) = ((ImageDataViewType)input.Type, Layout.TypeOf((ImageDataViewType)input.Type).Size);
        var getImage = row.GetGetter<MLImage>(input);
        MLImage image = null;
        return (ref VBuffer<T> target) =>
        {
            getImage(ref image);
            var editor = VBufferEditor.Create(ref target, size, image == null ? 0 : size);
            if (image != null && (image.Height != type.Height || image.Width != type.Width))
                throw Host.Except($"The picture {image.Tag} is {image.Width} x {image.Height}, but column '{input.Name}' is {type}.");
            if (image != null)
                Layout.Extract(image, editor.Values, convert);
            target = editor.Commit();
        };
    }
}
