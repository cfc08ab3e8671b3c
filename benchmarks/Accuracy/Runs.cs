using System.Diagnostics;
using Microsoft.ML;

namespace MLNet.BatchNorm.Accuracy;

/// <summary>Five fits with different seeds, timed, and one line of a table about them.</summary>
internal static class Runs
{
    private const int Seeds = 5;

    /// <summary>Mean and deviation (n - 1) over the seeds, and the median time of a fit.</summary>
    /// <param name="name">First cell.</param>
    /// <param name="estimator">Made anew for each seed.</param>
    /// <param name="training">In memory.</param>
    /// <param name="evaluate">What the table shows of a model.</param>
    public static void Print(
        string name, Func<MLContext, IEstimator<ITransformer>> estimator, IDataView training, Func<ITransformer, double> evaluate)
    {
        estimator(new MLContext(seed: 0)).Fit(training);   // compiles
        var values = new double[Seeds];
        var seconds = new double[Seeds];
        for (var i = 0; i < Seeds; i++)
        {
            var untrained = estimator(new MLContext(seed: i + 1));
            var started = Stopwatch.GetTimestamp();
            var model = untrained.Fit(training);
            seconds[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            values[i] = evaluate(model);
        }

        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (Seeds - 1));
        Console.WriteLine($"| {name} | {mean:F4} ± {deviation:F4} | {seconds.Order().ElementAt(Seeds / 2):F2} |");
    }

    public static void Head(string title, string measure)
    {
        Console.WriteLine($"\n{title}\n\n| trainer | {measure} | seconds |");
        Console.WriteLine("|---|---|---|");
    }
}
