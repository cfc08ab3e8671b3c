using ImageClassification.Pictures;
using Microsoft.ML;

namespace ImageClassification;

/// <summary>Classifies pictures with a saved model, as a program of yours would.</summary>
internal static class Prediction
{
    public static void Run(string modelPath, IReadOnlyList<string> pictures)
    {
        var ml = new MLContext();
        var model = ModelFile.Load(ml, modelPath);
        foreach (var path in pictures)
            PictureFolder.RequireReadable(path);

        using var engine = ml.Model.CreatePredictionEngine<LabeledPicture, PicturePrediction>(model);
        var predictions = pictures.Select(path => engine.Predict(new LabeledPicture { ImagePath = path })).ToArray();
        var width = predictions.Max(prediction => prediction.PredictedLabel.Length);
        foreach (var (path, prediction) in pictures.Zip(predictions))
            Console.WriteLine($"{prediction.PredictedLabel.PadRight(width)}  {prediction.Score.Max():F4}  {path}");
    }
}
