using System.CommandLine;

namespace ImageClassification.Commands;

internal static class PredictCommand
{
    public static Command Create()
    {
        var pictures = new Argument<string[]>("image") { Description = "Pictures to classify", Arity = ArgumentArity.OneOrMore };
        var model = Arguments.Model();
        var command = new Command("predict", "Loads a saved model and prints label, probability and file name for each picture.")
        {
            model, pictures,
        };
        command.SetAction(arguments => Prediction.Run(arguments.GetRequiredValue(model), arguments.GetRequiredValue(pictures)));
        return command;
    }
}
