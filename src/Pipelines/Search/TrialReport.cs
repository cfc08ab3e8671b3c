using System.Globalization;

namespace MLNet.BatchNorm;

/// <summary>How far a trial of a search got.</summary>
/// <example>
/// <code>
/// var search = ml.MulticlassClassification.Trainers.NeuralNetworkSearch(
///     trial => new NeuralNetworkOptions { BatchSize = trial.Choose("batch size", 16, 32), Epochs = 9 },
///     new NeuralNetworkSearchOptions { Method = SearchMethod.SuccessiveHalving(trials: 4, factor: 2, rungs: 2), Seed = 1 });
/// var trials = search.Run(data).Trials;
/// Console.WriteLine(trials.Count(trial => trial.Outcome == TrialOutcome.Completed));   // 2
/// </code>
/// </example>
public enum TrialOutcome
{
    /// <summary>It was trained to the end.</summary>
    Completed = 1,

    /// <summary>It was trained for a part of its epochs: others did better, or the search has not gone on yet.</summary>
    Stopped = 2,

    /// <summary>Its training diverged, or its predictions have no metric.</summary>
    Failed = 3,
}

/// <summary>What one trial of a search came to, so far. Immutable.</summary>
/// <example>
/// <code>
/// var search = ml.Regression.Trainers.NeuralNetworkSearch(
///     trial => new NeuralNetworkOptions { LabelColumnName = "Price", BatchSize = trial.Choose("batch size", 16, 32), Epochs = 5 },
///     new NeuralNetworkSearchOptions { Method = SearchMethod.Grid, Seed = 1 });
/// foreach (TrialReport report in search.Run(data).Trials)
///     Console.WriteLine($"{report.Number}: batches of {report.Values["batch size"]}, R^2 {report.Metric}");
/// </code>
/// </example>
public sealed record TrialReport
{
    /// <summary>Number of the trial, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>What the function of the search asked for, by name, in that order.</summary>
    public required IReadOnlyDictionary<string, object> Values { get; init; }

    /// <summary>The options that the function made of them, with the seed of the training: what to train such a model with.</summary>
    public required NeuralNetworkOptions Options { get; init; }

    /// <summary>How far it got.</summary>
    public required TrialOutcome Outcome { get; init; }

    /// <summary>Name of the metric.</summary>
    public required string MetricName { get; init; }

    /// <summary>The metric over rows that were not trained on, with folds the mean over them; NaN if the trial failed.</summary>
    public required double Metric { get; init; }

    /// <summary>Deviation of the metric over the folds (n - 1); null without folds, or if the trial failed.</summary>
    public double? Deviation { get; init; }

    /// <summary>Epochs that were trained; with folds, of the first one.</summary>
    public int Epochs { get; init; }

    /// <summary>Time that it took, all parts together.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Why it failed; null: it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>One line: "trial 7: MicroAccuracy 0.9421 after 4 epochs (width 64, learning rate 0.01)".</summary>
    /// <returns>The line.</returns>
    public override string ToString()
    {
        var values = string.Join(", ", Values.Select(value => $"{value.Key} {Short(value.Value)}"));
        var deviation = Deviation is { } of ? string.Create(CultureInfo.InvariantCulture, $" ± {of:F4}") : "";
        var metric = string.Create(CultureInfo.InvariantCulture, $"{MetricName} {Metric:F4}{deviation}");
        var result = Failure ?? $"{metric} after {Epochs} {(Epochs == 1 ? "epoch" : "epochs")}";
        return $"trial {Number}: {result}{(values.Length == 0 ? "" : $" ({values})")}";
    }

    private static string Short(object value) =>
        value is float number ? number.ToString("G4", CultureInfo.InvariantCulture) : SearchTrial.TextOf(value);
}
