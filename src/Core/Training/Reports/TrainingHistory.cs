using System.Collections;
using System.Globalization;
using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>The reports of the epochs of a training, first to last. Immutable.</summary>
/// <example>
/// <code>
/// TrainingHistory history = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(epochs: 10, validationFraction: 0.25f).Fit(data).Model.History;
/// EpochReport best = history.MinBy(epoch => epoch.ValidationLoss)!;
/// Console.WriteLine($"lowest validation loss {best.ValidationLoss} in epoch {best.Epoch}");
/// history.SaveCsv("history.csv");
/// </code>
/// </example>
[TypeFormatterSource(typeof(NotebookFormatterSource))]
public sealed class TrainingHistory : IReadOnlyList<EpochReport>, INotebookView
{
    private readonly EpochReport[] epochs;

    internal TrainingHistory(IEnumerable<EpochReport> epochs) => this.epochs = [.. epochs];

    /// <summary>Number of epochs.</summary>
    public int Count => epochs.Length;

    /// <summary>An epoch, counted from 0.</summary>
    /// <param name="index">Number of the epoch minus 1.</param>
    /// <returns>The report.</returns>
    public EpochReport this[int index] => epochs[index];

    /// <inheritdoc/>
    public IEnumerator<EpochReport> GetEnumerator() => epochs.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Writes the history as comma-separated values with a heading line; numbers in full with a point, whatever the culture; a validation
    /// figure that there is not is left empty.
    /// </summary>
    /// <param name="writer">Receives the lines, each ended by a line feed.</param>
    public void WriteCsv(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write("epoch,training_loss,training_metric,validation_loss,validation_metric,metric,");
        writer.Write("learning_rate,rows_per_second,elapsed_seconds\n");
        foreach (var epoch in epochs)
        {
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{epoch.Epoch},{epoch.TrainingLoss},{epoch.TrainingMetric},{epoch.ValidationLoss},{epoch.ValidationMetric},"));
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{epoch.MetricName},{epoch.LearningRate},{epoch.RowsPerSecond},{epoch.Elapsed.TotalSeconds}\n"));
        }
    }

    /// <summary>Writes what <see cref="WriteCsv"/> writes into a file. An existing file is replaced.</summary>
    /// <param name="path">The file.</param>
    public void SaveCsv(string path)
    {
        using var writer = new StreamWriter(path);
        WriteCsv(writer);
    }

    /// <summary>The reports, one line each.</summary>
    /// <returns>The lines.</returns>
    public override string ToString() => string.Join('\n', (IEnumerable<EpochReport>)epochs);

    string INotebookView.ToHtml()
    {
        var metric = epochs.FirstOrDefault()?.MetricName ?? "metric";
        return HtmlTable.Of(
            $"{Count} epochs",
            ["epoch", "training loss", $"training {metric}", "validation loss", $"validation {metric}", "learning rate", "rows/s"],
            epochs.Select(epoch => (string[])
            [
                Shown(epoch.Epoch), Shown(epoch.TrainingLoss, "F4"), Shown(epoch.TrainingMetric, "F4"), Shown(epoch.ValidationLoss, "F4"),
                Shown(epoch.ValidationMetric, "F4"), Shown(epoch.LearningRate, "G3"), Shown(epoch.RowsPerSecond, "N0"),
            ]));

        static string Shown(IFormattable? number, string format = "") => number?.ToString(format, CultureInfo.InvariantCulture) ?? "";
    }
}
