using ImageClassification.Charts;
using MLNet.BatchNorm;

namespace ImageClassification.Report;

/// <summary>Loss, accuracy and learning rate, epoch by epoch.</summary>
internal static class LearningCurves
{
    private const int MostRows = 100;

    public static string Section(NeuralNetworkModelParameters model) => model.History.Count == 0 ? "" : HtmlReport.Section(
        "Learning curves",
        "The training figures are taken while the network learns, with dropout and augmentation if there are any; validation is on "
            + "pictures kept out of training, after each epoch. The best epoch is the one with the lowest validation loss.",
        $"""
        <div class="charts">
        {Chart(model, "Loss", "loss, logarithmic", Axis.AroundLogarithmic, epoch => epoch.TrainingLoss, epoch => epoch.ValidationLoss)}
        {Chart(model, "Accuracy", "accuracy, %", Axis.Around, epoch => 100 * epoch.TrainingMetric, epoch => 100 * epoch.ValidationMetric)}
        {Chart(model, "Learning rate", "learning rate", Axis.Around, epoch => epoch.LearningRate)}
        </div>
        {Figures(model.History)}
        """);

    private static string Chart(
        NeuralNetworkModelParameters model, string title, string yTitle, Func<string, IReadOnlyCollection<double>, Axis> axisAround,
        Func<EpochReport, double?> training, Func<EpochReport, double?>? validation = null)
    {
        // A training that diverged has figures that are not finite, and a logarithmic axis has no place for 0.
        var isLogarithmic = axisAround == Axis.AroundLogarithmic;
        Series[] lines = [.. new[]
        {
            Line(validation is null ? "learning rate" : "training", 0, training),
            Line("validation", 1, validation ?? (_ => null)) with { IsDashed = true },
        }.Where(line => line.Points.Count > 0)];
        var points = lines.SelectMany(line => line.Points).ToArray();
        return points.Length == 0 ? "" : new LineChart(
            title,
            Axis.Around("epoch", [.. points.Select(point => point.X)]),
            axisAround(yTitle, [.. points.Select(point => point.Y)]),
            lines)
        {
            Mark = model.BestEpoch is { } best ? (best, $"best epoch: {best}") : null,
        }.ToSvg();

        Series Line(string name, int color, Func<EpochReport, double?> figure) => new(
            name, color,
            [.. from epoch in model.History
                let value = figure(epoch) ?? double.NaN
                where double.IsFinite(value) && (value > 0 || !isLogarithmic)
                select new Point(epoch.Epoch, value)]);
    }

    // What the charts show to the mouse, for everybody else.
    private static string Figures(TrainingHistory history)
    {
        var every = (history.Count + MostRows - 1) / MostRows;
        return $"""
            <details><summary>The figures as a table</summary>
            {HtmlReport.Scroll("Figures of the epochs", $"""
            <table>
            <thead><tr>{string.Concat(Headers.Select(header => $"""<th scope="col" class="number">{header}</th>"""))}</tr></thead>
            <tbody>
            {string.Join('\n', history.Where(epoch => epoch.Epoch % every == 0 || epoch.Epoch == history.Count).Select(Row))}
            </tbody>
            </table>
            """)}
            </details>
            """;
    }

    private static string[] Headers { get; } =
        ["epoch", "training loss", "validation loss", "training accuracy", "validation accuracy", "learning rate"];

    private static string Row(EpochReport epoch)
    {
        string[] cells =
        [
            $"{epoch.Epoch}", $"{epoch.TrainingLoss:G4}", $"{epoch.ValidationLoss:G4}",
            $"{epoch.TrainingMetric:P1}", $"{epoch.ValidationMetric:P1}", $"{epoch.LearningRate:G4}",
        ];
        return $"<tr>{string.Concat(cells.Select(cell => $"""<td class="number">{cell}</td>"""))}</tr>";
    }
}
