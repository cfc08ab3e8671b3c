// Stands for ImageEstimatorsCatalog of Microsoft.ML.ImageAnalytics. Left out: gray scale, raw bytes, images from vectors.

namespace Microsoft.ML;

public static class ImageEstimatorsCatalog
{
    /// <summary>Reads the pictures whose paths a text column has, relative to <paramref name="imageFolder"/> unless that is null.</summary>
    public static ImageLoadingEstimator LoadImages(
        this TransformsCatalog catalog, string outputColumnName, string imageFolder, string inputColumnName = null) =>
        new(catalog.GetEnvironment(), imageFolder, [new(outputColumnName, inputColumnName)]);

    /// <summary>Scales pictures to one size; NotSupportedException for a <paramref name="resizing"/> other than Fill.</summary>
    public static ImageResizingEstimator ResizeImages(
        this TransformsCatalog catalog,
        string outputColumnName,
        int imageWidth,
        int imageHeight,
        string inputColumnName = null,
        ImageResizingEstimator.ResizingKind resizing = ImageResizingEstimator.ResizingKind.IsoCrop,
        ImageResizingEstimator.Anchor cropAnchor = ImageResizingEstimator.Anchor.Center) =>
        new(catalog.GetEnvironment(), [new(outputColumnName, inputColumnName)], new(imageHeight, imageWidth), resizing, cropAnchor);

    /// <summary>Makes vectors of pictures of known size: (value − offset) · scale.</summary>
    public static ImagePixelExtractingEstimator ExtractPixels(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName = null,
        ImagePixelExtractingEstimator.ColorBits colorsToExtract = ImagePixelExtractingEstimator.ColorBits.Rgb,
        ImagePixelExtractingEstimator.ColorsOrder orderOfExtraction = ImagePixelExtractingEstimator.ColorsOrder.ARGB,
        bool interleavePixelColors = false,
        float offsetImage = 0,
        float scaleImage = 1,
        bool outputAsFloatArray = true) => new(
            catalog.GetEnvironment(), [new(outputColumnName, inputColumnName)],
            new PixelLayout(colorsToExtract, orderOfExtraction, interleavePixelColors, offsetImage, scaleImage, outputAsFloatArray));
}
