using System.Diagnostics;
using Microsoft.ML;

namespace MLNet.BatchNorm.Tables;

/// <summary>Fits every trainer of a task for several seeds or splits, and prints mean and deviation.</summary>
internal static class Measurements
{
    public static void Print(TableTask task, int repeats, bool validate)
    {
        Console.WriteLine($"\n### {task.Name}{(validate ? " (validation rows)" : "")}, {repeats} {(task.IsSmall ? "splits" : "seeds")}\n");
        Console.WriteLine($"| trainer | {string.Join(" | ", Metrics.Names(task.Prediction))} | processor s |");
        Console.WriteLine($"|---|{string.Concat(Metrics.Names(task.Prediction).Select(_ => "---|"))}---|");
        foreach (var (name, make) in Trainers.For(task))
        {
            var results = Enumerable.Range(1, repeats).Select(seed => Fit(task, make, seed, validate)).ToArray();
            var columns = Enumerable.Range(0, results[0].Length).Select(i => results.Select(result => result[i]).ToArray()).ToArray();
            var seconds = columns[^1].Order().ElementAt(repeats / 2);
            Console.WriteLine($"| {name} | {string.Join(" | ", columns[..^1].Select(MeanAndDeviation))} | {seconds:0.00} |");
        }
    }

    // The metrics, and the processor seconds of Fit behind them.
    private static double[] Fit(TableTask task, Func<MLContext, IEstimator<ITransformer>> make, int seed, bool validate)
    {
        var (training, test) = task.Split(seed, validate);
        var ml = new MLContext(seed);
        var features = task.Features(ml).Fit(training);
        var rows = ml.Data.Cache(features.Transform(training));
        var trainer = make(ml);
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var model = trainer.Fit(rows);
        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        return [.. Metrics.Of(ml, task.Prediction, model.Transform(features.Transform(test))), seconds];
    }

    private static string MeanAndDeviation(double[] values)
    {
        var mean = values.Average();
        var deviation = values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        return FormattableString.Invariant($"{mean:0.0000} ± {deviation:0.0000}");
    }
}
