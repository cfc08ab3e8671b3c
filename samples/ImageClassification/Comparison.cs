using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Pipelines;

namespace ImageClassification;

/// <summary>What batch normalization is good for: the same pipeline with and without it, side by side.</summary>
internal static class Comparison
{
    public const int Seeds = 5;

    private delegate IEstimator<ITransformer> Pipeline(MLContext ml, PictureFormat format, NeuralNetworkOptions training);

    public static void Run(PictureData data, TrainingChoices choices)
    {
        Console.WriteLine(
            $"{choices.Epochs} epochs on {data.Training.Count} pictures of {data.ClassCount} classes, test on {data.Test.Count} others:");
        Console.WriteLine();
        Console.WriteLine("                with batch normalization      without");
        Console.WriteLine("  seed          micro-accuracy  log-loss      micro-accuracy  log-loss");
        List<double[]> rows = [];
        for (var run = 0; run < Seeds; run++)
        {
            var seeded = choices with { Seed = choices.Seed + run };
            var with = Evaluate(ImagePipeline.WithBatchNorm, data, seeded);
            var without = Evaluate(ImagePipeline.WithoutBatchNorm, data, seeded);
            rows.Add([with.MicroAccuracy, with.LogLoss, without.MicroAccuracy, without.LogLoss]);
            PrintRow($"{seeded.Seed}", rows[^1]);
        }

        PrintRow("mean", [.. Columns(rows).Select(column => column.Average())]);
        PrintRow("deviation", [.. Columns(rows).Select(StandardDeviation)]);
    }

    private static MulticlassClassificationMetrics Evaluate(Pipeline pipeline, PictureData data, TrainingChoices choices)
    {
        var ml = new MLContext(choices.Seed);
        var options = new NeuralNetworkOptions { Epochs = choices.Epochs, Seed = choices.Seed };
        var model = pipeline(ml, data.Format, options).Fit(ml.Data.LoadFromEnumerable(data.Training));
        return ml.MulticlassClassification.Evaluate(model.Transform(ml.Data.LoadFromEnumerable(data.Test)));
    }

    private static void PrintRow(string name, double[] figures) =>
        Console.WriteLine($"  {name,-12}{figures[0],16:F3}{figures[1],10:F3}{figures[2],20:F3}{figures[3],10:F3}");

    private static IEnumerable<double[]> Columns(List<double[]> rows) =>
        Enumerable.Range(0, rows[0].Length).Select(i => rows.Select(row => row[i]).ToArray());

    /// <summary>The sample standard deviation.</summary>
    private static double StandardDeviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}
