using ImageClassification.Pictures;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.BatchNorm;
using static Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator;
using static Microsoft.ML.Transforms.Image.ImageResizingEstimator;
using static Microsoft.ML.Transforms.ValueToKeyMappingEstimator;

namespace ImageClassification;

/// <summary>From a picture file to a predicted label: what this sample is about.</summary>
internal static class ImagePipeline
{
    /// <summary>The whole way.</summary>
    public static IEstimator<ITransformer> Create(MLContext ml, PictureFormat format, NeuralNetworkOptions training) =>
        Load(ml).Append(Learn(ml, format, training));

    /// <summary>The first step. The paths are full ones, so that it, and the saved model, need no folder.</summary>
    public static ImageLoadingEstimator Load(MLContext ml) =>
        ml.Transforms.LoadImages("Image", imageFolder: null, inputColumnName: nameof(LabeledPicture.ImagePath));

    /// <summary>The other ones; the trainer sees from the pixels' dimensions that they are images.</summary>
    public static EstimatorChain<ITransformer> Learn(MLContext ml, PictureFormat format, NeuralNetworkOptions training) =>
        Pixels(ml, format)
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(training))
            .Append<ITransformer>(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    // Keys by value, so that the classes come in the order of their names and not in that of the files. Fill is the resizing that keeps all
    // of the picture.
    public static EstimatorChain<ImagePixelExtractingTransformer> Pixels(MLContext ml, PictureFormat format) =>
        ml.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: KeyOrdinality.ByValue)
            .Append(ml.Transforms.ResizeImages("Image", imageWidth: format.Size, imageHeight: format.Size, resizing: ResizingKind.Fill))
            .Append(ml.Transforms.ExtractPixels(
                "Features", "Image", colorsToExtract: format.IsGray ? ColorBits.Red : ColorBits.Rgb, scaleImage: 1 / format.White));
}
