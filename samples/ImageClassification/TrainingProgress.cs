using MLNet.BatchNorm;
using Spectre.Console;

namespace ImageClassification;

/// <summary>
/// Shows the progress of training: about ten lines, whatever the number of epochs, and on a terminal a bar with the time that is left.
/// </summary>
internal static class TrainingProgress
{
    private const int LinesToKeep = 10;
    private const int WidthOfALine = 80;

    /// <summary>Trains with options that report here.</summary>
    public static T Show<T>(NeuralNetworkOptions options, Func<NeuralNetworkOptions, T> train) =>
        Console.IsOutputRedirected ? train(options with { Progress = epoch => Write(epoch, Console.WriteLine) }) : ShowBar(options, train);

    private static T ShowBar<T>(NeuralNetworkOptions options, Func<NeuralNetworkOptions, T> train)
    {
        // A line that the terminal breaks is in the way when the bar is drawn anew.
        var isNarrow = AnsiConsole.Profile.Width < WidthOfALine;
        ProgressColumn[] text = [new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }];
        return AnsiConsole.Progress().AutoClear(true).Columns(isNarrow ? text : [new ProgressBarColumn(), .. text]).Start(screen =>
        {
            var bar = screen.AddTask("reading the pictures", maxValue: options.Epochs ?? 1);
            return train(options with
            {
                Progress = epoch => Write(epoch, AnsiConsole.WriteLine, isNarrow ? "\n  " : ""),   // above the bar
                BatchProgressEvery = 10,
                BatchProgress = batch =>
                {
                    bar.Value = batch.Epoch - 1 + (double)batch.Step / batch.Steps;
                    var loss = isNarrow ? "" : $"   loss {batch.Loss:F4}";
                    bar.Description = $"epoch {batch.Epoch} of {batch.Epochs}{loss}   {batch.Remaining:h\\:mm\\:ss} left";
                },
            });
        });
    }

    private static void Write(EpochReport epoch, Action<string> writeLine, string lineBreak = "")
    {
        var step = (epoch.Epochs + LinesToKeep - 1) / LinesToKeep;
        if (epoch.Epoch != 1 && epoch.Epoch % step != 0 && epoch.Epoch != epoch.Epochs)
            return;
        var validation = epoch.ValidationMetric is { } accuracy ? $"   validation {accuracy,6:P1}" : "";
        writeLine(
            $"  epoch {epoch.Epoch,4} of {epoch.Epochs}   loss {epoch.TrainingLoss:F4}{lineBreak}"
            + $"   accuracy {epoch.TrainingMetric,6:P1}{validation}");
    }
}
