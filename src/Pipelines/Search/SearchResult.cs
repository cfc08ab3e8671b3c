namespace MLNet.BatchNorm;

/// <summary>What a search found. Immutable.</summary>
/// <example>
/// <code>
/// SearchResult result = ml.MulticlassClassification.Trainers.NeuralNetworkSearch(
///     trial => new NeuralNetworkOptions { Network = NeuralNetworks.Mlp([trial.Choose("width", 8, 16, 32)]), Epochs = 5 },
///     new NeuralNetworkSearchOptions { Method = SearchMethod.Grid, Seed = 1 }).Run(data);
/// Console.WriteLine(result.Trials.Count);   // 3
/// result.SaveCsv("trials.csv");
/// ml.Model.Save(result.Model, data.Schema, "best.zip");
/// // The same settings once more, now on all rows.
/// var onAllRows = ml.MulticlassClassification.Trainers.NeuralNetwork(result.Best.Options).Fit(data);
/// </code>
/// </example>
public sealed class SearchResult
{
    internal SearchResult(
        NeuralNetworkPredictionTransformer model, TrialReport best, IReadOnlyList<TrialReport> trials, bool isHigherBetter)
    {
        Model = model;
        Best = best;
        Trials = trials;
        IsHigherBetter = isHigherBetter;
    }

    /// <summary>
    /// The model of <see cref="Best"/>; with <see cref="NeuralNetworkSearchOptions.Folds"/> one that was trained on all rows with its
    /// options.
    /// </summary>
    public NeuralNetworkPredictionTransformer Model { get; }

    /// <summary>The best of the trials that were trained longest.</summary>
    public TrialReport Best { get; }

    /// <summary>The trials that are done, or a part of them, by number.</summary>
    public IReadOnlyList<TrialReport> Trials { get; }

    /// <summary>Whether a higher metric is a better one.</summary>
    public bool IsHigherBetter { get; }

    /// <summary>
    /// Writes the trials as comma-separated values with a heading line, a column for each name that was asked for; numbers in full with a
    /// point, whatever the culture; what there is not is left empty.
    /// </summary>
    /// <param name="writer">Receives the lines, each ended by a line feed.</param>
    public void WriteCsv(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        string[] names = [.. Trials.SelectMany(trial => trial.Values.Keys).Distinct()];
        WriteLine(writer, ["trial", .. names, Best.MetricName, "deviation", "epochs", "seconds", "seed", "outcome", "failure"]);
        foreach (var trial in Trials)
            WriteLine(writer,
            [
                trial.Number, .. names.Select(name => trial.Values.GetValueOrDefault(name)),
                trial.Failure is null ? trial.Metric : null, trial.Deviation, trial.Epochs, trial.Elapsed.TotalSeconds, trial.Options.Seed,
                trial.Outcome, trial.Failure,
            ]);
    }

    /// <summary>Writes what <see cref="WriteCsv"/> writes into a file. An existing file is replaced.</summary>
    /// <param name="path">The file.</param>
    public void SaveCsv(string path)
    {
        using var writer = new StreamWriter(path);
        WriteCsv(writer);
    }

    /// <summary>The trials, one line each.</summary>
    /// <returns>The lines.</returns>
    public override string ToString() => string.Join('\n', Trials);

    private static void WriteLine(TextWriter writer, IEnumerable<object?> cells) =>
        writer.Write($"{string.Join(',', cells.Select(cell => Cell(SearchTrial.TextOf(cell))))}\n");

    private static string Cell(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
