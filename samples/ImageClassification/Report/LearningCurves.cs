using ImageClassification.Charts;
using MLNet.BatchNorm;

namespace ImageClassification.Report;

/// <summary>Loss and accuracy, epoch by epoch.</summary>
internal static class LearningCurves
{
    public static string Section(TrainingHistory history) => history.Count == 0 ? "" : HtmlReport.Section(
        "Learning curves",
        "The training figures are taken while the network learns, with dropout and augmentation if there are any; "
            + "validation is on pictures kept out of training, after each epoch.",
        Chart("Loss", "loss", history, epoch => epoch.TrainingLoss, epoch => epoch.ValidationLoss)
            + Chart("Accuracy", "accuracy, %", history, epoch => 100 * epoch.TrainingMetric, epoch => 100 * epoch.ValidationMetric));

    private static string Chart(
        string title, string yTitle, TrainingHistory history, Func<EpochReport, double?> training, Func<EpochReport, double?> validation)
    {
        Series[] lines = [Line("training", 0, history, training), Line("validation", 1, history, validation) with { IsDashed = true }];
        var points = lines.SelectMany(line => line.Points).ToArray();
        return points.Length == 0 ? "" : new LineChart(
            title,
            Axis.Around("epoch", [.. points.Select(point => point.X)]),
            Axis.Around(yTitle, [.. points.Select(point => point.Y)]),
            [.. lines.Where(line => line.Points.Count > 0)]).ToSvg();
    }

    // A model without validation has no such figures, and a training that diverged has none that are finite.
    private static Series Line(string name, int color, TrainingHistory history, Func<EpochReport, double?> figure) => new(
        name, color,
        [.. history.Where(epoch => double.IsFinite(figure(epoch) ?? double.NaN))
            .Select(epoch => new Point(epoch.Epoch, figure(epoch)!.Value))]);
}
