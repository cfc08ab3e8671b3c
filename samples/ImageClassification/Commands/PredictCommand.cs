using System.CommandLine;

namespace ImageClassification.Commands;

internal static class PredictCommand
{
    public static Command Create()
    {
        var pictures = new Argument<string[]>("image") { Description = "Pictures to classify", Arity = ArgumentArity.OneOrMore };
        var model = Arguments.Model();
        var top = Arguments.Number("--top", "How many classes are named for each picture, the most probable first", 1, 1_000, 1);
        var json = new Option<bool>("--json") { Description = "Print a JSON array, for programs" };
        var command = new Command("predict", "Loads a saved model and prints label, probability and file name for each picture.")
        {
            model, pictures, top, json,
        };
        command.SetAction(arguments => Prediction.Run(
            arguments.GetRequiredValue(model), arguments.GetRequiredValue(pictures), arguments.GetValue(top), arguments.GetValue(json)));
        return command;
    }
}
