using ImageClassification.Pictures;
using MLNet.BatchNorm;
using SkiaSharp;

namespace ImageClassification.Report;

/// <summary>
/// Which pixels made the network take a picture for another class: how far each moves the score of the class that it chose away from the
/// score of the true one, by the gradient (Simonyan, Vedaldi and Zisserman, 2014, arXiv:1312.6034).
/// </summary>
internal static class Saliency
{
    /// <summary>A PNG file for each picture, of the size that the network sees; none where the network sees no pixels.</summary>
    public static IReadOnlyList<byte[]> Of(
        Evaluation evaluation, IReadOnlyList<(LabeledPicture Picture, PicturePrediction Prediction)> mistakes)
    {
        var model = evaluation.Network;
        if (mistakes.Count == 0 || model.InputLayout == ChannelLayout.PerSlot || evaluation.FeaturesOf is not { } featuresOf)
            return [];

        float[] pixels = [.. featuresOf([.. mistakes.Select(mistake => mistake.Picture)]).SelectMany(row => ChannelsLast(row, model))];
        float[] weights = [.. mistakes.SelectMany(mistake => evaluation.Classes.Select(name =>
            name == mistake.Prediction.PredictedLabel ? 1f : name == mistake.Picture.Label ? -1f : 0f))];
        var gradient = new float[pixels.Length];
        model.Network.InputGradient(pixels, weights, gradient);
        return [.. gradient.Chunk(model.InputCount).Select(ofPicture => Png(ofPicture, model.InputShape))];
    }

    // As the network itself takes an image.
    private static IEnumerable<float> ChannelsLast(float[] row, NeuralNetworkModelParameters model)
    {
        var (pixels, channels) = (model.InputShape.Pixels, model.InputShape.Channels);
        return model.InputLayout == ChannelLayout.ChannelsFirst
            ? Enumerable.Range(0, row.Length).Select(i => row[i % channels * pixels + i / channels])
            : row;
    }

    // White where the strongest channel of a pixel has the strongest gradient of the picture, black where there is none.
    private static byte[] Png(float[] gradient, Shape shape)
    {
        float[] strengths = [.. gradient.Chunk(shape.Channels).Select(pixel => pixel.Max(Math.Abs))];
        var strongest = Math.Max(strengths.Max(), float.Epsilon);
        using var picture = new SKBitmap(shape.Width, shape.Height, SKColorType.Gray8, SKAlphaType.Opaque);
        for (var i = 0; i < strengths.Length; i++)
        {
            var gray = (byte)(byte.MaxValue * strengths[i] / strongest);
            picture.SetPixel(i % shape.Width, i / shape.Width, new SKColor(gray, gray, gray));
        }

        return picture.Encode(SKEncodedImageFormat.Png, quality: 100).ToArray();
    }
}
