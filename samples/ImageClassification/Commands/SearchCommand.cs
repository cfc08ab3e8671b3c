using System.CommandLine;
using ImageClassification.Pictures;

namespace ImageClassification.Commands;

internal static class SearchCommand
{
    private const int DefaultTrials = 27;
    private const int DefaultEpochs = 27;

    public static Command Create()
    {
        var trials = Arguments.Number("--trials", "How many settings are tried", 1, 10_000, DefaultTrials);
        var epochs = Arguments.Number("--epochs", "How often the best of them go through the pictures", 1, 100_000, DefaultEpochs);
        var seed = Arguments.Number(
            "--seed", "Decides everything random: equal seeds find equal settings", int.MinValue, int.MaxValue, fallback: 1);
        var folder = new Option<string?>("--folder")
        {
            Description = "Keeps the trials: a search that was stopped goes on from there. Default: nothing is kept",
            HelpName = "folder",
        };
        var output = Arguments.Output();
        var report = Arguments.ReportBesideModel();
        var command = new Command("search", "Searches for good settings of a network for the digits, and saves the best model.")
        {
            trials, epochs, seed, folder, output, report,
        };
        command.SetAction(arguments =>
        {
            var model = arguments.GetRequiredValue(output);
            var choices = new SearchChoices(
                arguments.GetValue(trials), arguments.GetValue(epochs), arguments.GetValue(seed), arguments.GetValue(folder));
            return SettingsSearch.Run(DigitsArchive.Read(), choices, model, arguments.GetValue(report) ?? OutputFile.ReportBeside(model));
        });
        return command;
    }
}
