using System.CommandLine;
using ImageClassification.Pictures;

namespace ImageClassification.Commands;

internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = Arguments.Model();
        var images = new Option<string>("--images")
        {
            Description = "A folder with one subfolder of pictures for each class, named after it",
            HelpName = "folder",
            Required = true,
        };
        var report = Arguments.Report("Where the report is written. Default: nowhere");
        var skipUnreadable = Arguments.SkipUnreadable();
        var command = new Command("evaluate", "Loads a saved model and tests it on a folder of pictures.")
        {
            model, images, report, skipUnreadable,
        };
        command.SetAction(arguments => Evaluation.Run(
            arguments.GetRequiredValue(model),
            PictureFolder.Read(arguments.GetRequiredValue(images), arguments.GetValue(skipUnreadable)),
            arguments.GetValue(report)));
        return command;
    }
}
