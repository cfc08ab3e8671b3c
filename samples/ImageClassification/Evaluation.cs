using ImageClassification.Pictures;
using ImageClassification.Report;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm;

namespace ImageClassification;

/// <summary>How well a model predicts pictures that are labelled.</summary>
/// <param name="Metrics">The figures.</param>
/// <param name="Classes">The names of the classes, in the order of the metrics and scores.</param>
/// <param name="Pictures">Each picture with what was predicted for it.</param>
/// <param name="Network">The network inside the model.</param>
/// <param name="Features">A few rows of what goes into the network.</param>
internal sealed record Evaluation(
    MulticlassClassificationMetrics Metrics, string[] Classes,
    IReadOnlyList<(LabeledPicture Picture, PicturePrediction Prediction)> Pictures,
    NeuralNetworkModelParameters Network, float[] Features)
{
    private const int FeatureRows = 32;

    /// <summary>The training of the model; null if it was loaded.</summary>
    public TrainingRun? Training { get; init; }

    /// <summary>What the network sees of pictures, a row for each; null if that is not their pixels.</summary>
    public Func<IReadOnlyList<LabeledPicture>, IEnumerable<float[]>>? FeaturesOf { get; init; }

    /// <summary>Tests a saved model on a folder of pictures.</summary>
    public static void Run(string modelPath, IReadOnlyList<LabeledPicture> pictures, string? reportPath)
    {
        if (reportPath is not null)
            OutputFile.Report.RequireWritable(reportPath);
        var ml = new MLContext();
        var evaluation = Of(ml, ModelFile.Load(ml, modelPath), pictures);
        Console.WriteLine($"Test on {pictures.Count} pictures:");
        ConsoleReport.Print(evaluation.Metrics, evaluation.Classes);
        Console.WriteLine();
        if (reportPath is not null)
        {
            OutputFile.Report.Write(reportPath, HtmlReport.Of(evaluation));
            Console.WriteLine($"The report: {reportPath}");
        }

        Console.WriteLine(ConsoleReport.LastLine(evaluation.Metrics, modelPath));
    }

    /// <summary>Predicts the pictures and compares with their labels.</summary>
    /// <exception cref="UserError">A label is none of the model's classes.</exception>
    public static Evaluation Of(MLContext ml, ITransformer model, IReadOnlyList<LabeledPicture> pictures)
    {
        var predictions = model.Transform(PictureRows.Of(ml, pictures));
        var classes = ClassNames(predictions);
        if (pictures.Select(picture => picture.Label).Except(classes).FirstOrDefault() is { } unknown)
            throw new UserError($"The model knows no class '{unknown}'. Its classes are: {string.Join(", ", classes)}.");
        return new Evaluation(
            ml.MulticlassClassification.Evaluate(predictions),
            classes,
            [.. pictures.Zip(ml.Data.CreateEnumerable<PicturePrediction>(predictions, reuseRowObject: false))],
            ((IEnumerable<ITransformer>)model).OfType<NeuralNetworkPredictionTransformer>().Single().Model,
            [.. predictions.GetColumn<float[]>("Features").Take(FeatureRows).SelectMany(row => row)])
        {
            FeaturesOf = some => model.Transform(PictureRows.Of(ml, some)).GetColumn<float[]>("Features"),
        };
    }

    private static string[] ClassNames(IDataView predictions)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        predictions.Schema["Label"].GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
