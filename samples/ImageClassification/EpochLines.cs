using MLNet.BatchNorm.Core.Training;

namespace ImageClassification;

/// <summary>
/// Shows the progress of training: about ten lines, whatever the number of epochs.
/// On a terminal the epochs in between are seen too, each in the place of the last.
/// </summary>
internal static class EpochLines
{
    private const int LinesToKeep = 10;

    public static void Show(EpochReport report)
    {
        var line = $"  epoch {report.Epoch,4} of {report.Epochs}   loss {report.TrainingLoss:F4}   accuracy {report.TrainingMetric,6:P1}";
        var step = (report.Epochs + LinesToKeep - 1) / LinesToKeep;
        var isKept = report.Epoch == 1 || report.Epoch % step == 0 || report.Epoch == report.Epochs;
        if (isKept)
            Console.WriteLine(line);
        else if (!Console.IsOutputRedirected)
            Console.Write($"{line}\r");
    }
}
