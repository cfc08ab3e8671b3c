using Microsoft.ML;

namespace MLNet.BatchNorm.Search;

/// <summary>A task, trained with the defaults and with what searches find.</summary>
/// <param name="Name">Of the task.</param>
/// <param name="Measure">What is measured over the test rows.</param>
/// <param name="Space">What is searched.</param>
/// <param name="Options">How, but for method and seed.</param>
internal sealed record Comparison(
    string Name, string Measure, Func<SearchTrial, NeuralNetworkOptions> Space, NeuralNetworkSearchOptions Options)
{
    private const int Trials = 32;

    /// <summary>Training and test rows for a seed.</summary>
    public required Func<int, (IDataView Training, IDataView Test)> Divide { get; init; }

    public required Func<NeuralNetworkOptions, NeuralNetworkTrainer> Trainer { get; init; }

    public required Func<Func<SearchTrial, NeuralNetworkOptions>, NeuralNetworkSearchOptions, NeuralNetworkSearch> Search { get; init; }

    public required Func<IDataView, double> Evaluate { get; init; }

    /// <summary>Means and deviations (n - 1) over the seeds as a markdown table.</summary>
    public void Print(int seeds)
    {
        Trainer(OneThread(new())).Fit(Divide(1).Training);   // compiles
        Console.WriteLine($"\n{Name}\n\n| settings | {Measure} that chose them | {Measure} over the test rows | processor seconds |");
        Console.WriteLine("|---|---|---|---|");
        Print("defaults", seeds, WithDefaults);
        Print($"random, {Trials} trials to the end", seeds, seed => Found(SearchMethod.Random(Trials), seed));
        Print($"successive halving of {Trials}", seeds, seed => Found(SearchMethod.SuccessiveHalving(Trials), seed));
    }

    private (double Chose, double Test, double Seconds) WithDefaults(int seed)
    {
        var (training, test) = Divide(seed);
        var started = Environment.CpuUsage.TotalTime;
        var model = Trainer(OneThread(new() { Seed = seed })).Fit(training);
        return (double.NaN, Evaluate(model.Transform(test)), (Environment.CpuUsage.TotalTime - started).TotalSeconds);
    }

    // The settings that were found are trained once more on all rows, as the defaults are. That time does not count.
    private (double Chose, double Test, double Seconds) Found(SearchMethod method, int seed)
    {
        var (training, test) = Divide(seed);
        var started = Environment.CpuUsage.TotalTime;
        var result = Search(trial => OneThread(Space(trial)), Options with { Method = method, Seed = seed }).Run(training);
        var seconds = (Environment.CpuUsage.TotalTime - started).TotalSeconds;
        Console.Error.WriteLine($"{Name}, seed {seed}: {result.Best}");
        var model = Trainer(result.Best.Options).Fit(training);
        return (result.Best.Metric, Evaluate(model.Transform(test)), seconds);
    }

    // Networks so small gain nothing from several threads, and waiting ones would count as processor time.
    private static NeuralNetworkOptions OneThread(NeuralNetworkOptions options) => options with { NumberOfThreads = 1 };

    private static void Print(string settings, int seeds, Func<int, (double Chose, double Test, double Seconds)> measure)
    {
        var runs = Enumerable.Range(1, seeds).Select(measure).ToArray();
        var chose = MeanAndDeviation([.. runs.Select(run => run.Chose)]);
        var test = MeanAndDeviation([.. runs.Select(run => run.Test)]);
        Console.WriteLine($"| {settings} | {chose} | {test} | {runs.Average(run => run.Seconds):F1} |");
    }

    private static string MeanAndDeviation(double[] values)
    {
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        return double.IsNaN(mean) ? "" : $"{mean:F4} ± {deviation:F4}";
    }
}
