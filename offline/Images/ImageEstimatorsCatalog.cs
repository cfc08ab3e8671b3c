// Stands for ImageEstimatorsCatalog of Microsoft.ML.ImageAnalytics. Left out: gray scale, raw bytes, images from vectors.

using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML;

public static class ImageEstimatorsCatalog
{
    /// <summary>Reads the pictures that a text column names: full paths where <paramref name="imageFolder"/> is null, else relative to it.</summary>
    public static ImageLoadingEstimator LoadImages(this TransformsCatalog catalog, string outputColumnName, string imageFolder, string inputColumnName = null) =>
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
        new(catalog.GetEnvironment(), [new(outputColumnName, inputColumnName)], new ImageDataViewType(imageHeight, imageWidth), resizing, cropAnchor);

    /// <summary>Makes vectors of pictures of known size: (value − <paramref name="offsetImage"/>) · <paramref name="scaleImage"/>.</summary>
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
