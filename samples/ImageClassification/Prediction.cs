using System.Text.Encodings.Web;
using System.Text.Json;
using ImageClassification.Pictures;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ImageClassification;

/// <summary>Classifies pictures with a saved model, as a program of yours would.</summary>
internal static class Prediction
{
    // File names as they are, also those with letters outside ASCII.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="modelPath">The saved model.</param>
    /// <param name="pictures">Picture files.</param>
    /// <param name="top">How many classes are named for each.</param>
    /// <param name="asJson">For a program to read.</param>
    public static void Run(string modelPath, IReadOnlyList<string> pictures, int top, bool asJson)
    {
        var ml = new MLContext();
        var model = ModelFile.Load(ml, modelPath);
        foreach (var path in pictures)
            PictureFolder.RequireReadable(path);

        using var engine = ml.Model.CreatePredictionEngine<LabeledPicture, PicturePrediction>(model);
        var labels = LabelsOf(engine);
        PredictedPicture[] predictions =
        [
            .. pictures.Select(path =>
            {
                var scores = engine.Predict(new LabeledPicture { ImagePath = path }).Score;
                var classes = labels.Zip(scores, (label, probability) => new ClassProbability(label, probability));
                return new PredictedPicture(path, [.. classes.OrderByDescending(each => each.Probability).Take(top)]);
            }),
        ];
        if (asJson)
            Console.WriteLine(JsonSerializer.Serialize(predictions, Json));
        else
            Print(predictions);
    }

    private static void Print(PredictedPicture[] predictions)
    {
        var width = predictions.SelectMany(picture => picture.Classes).Max(each => each.Label.Length);
        foreach (var (image, classes) in predictions)
            Console.WriteLine($"{string.Concat(classes.Select(each => $"{each.Label.PadRight(width)}  {each.Probability:F4}  "))}{image}");
    }

    // The trainer names the slots of its scores after the classes.
    private static string[] LabelsOf(PredictionEngine<LabeledPicture, PicturePrediction> engine)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        engine.OutputSchema[nameof(PicturePrediction.Score)].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private sealed record PredictedPicture(string Image, IReadOnlyList<ClassProbability> Classes);

    private sealed record ClassProbability(string Label, float Probability);
}
