using System.CommandLine;
using ImageClassification;
using ImageClassification.Commands;
using ImageClassification.Pictures;
using TransferLearning;

var images = new Option<string>("--images")
{
    Description = "Your pictures: a folder with one subfolder for each class, named after it",
    HelpName = "folder",
    Required = true,
};
var skipUnreadable = Arguments.SkipUnreadable();
var folds = Arguments.Number(
    "--folds", "In how many parts the pictures are cut: each is predicted by a network trained on the others", 2, 100, 5);
var seed = Arguments.Number("--seed", "Decides everything random: equal seeds give equal models", int.MinValue, int.MaxValue, 1);
var output = new Option<string>("--out")
{
    Description = "Where the model is saved",
    DefaultValueFactory = _ => ModelFile.DefaultPath,
    HelpName = "model.zip",
};
var report = Arguments.Report("Where the report is written. Default: report.html beside the model");

var root = new RootCommand("Trains a classifier of pictures on what a network that has seen a million of them makes of yours.")
{
    images, skipUnreadable, folds, seed, output, report,
};
root.Subcommands.Add(PredictCommand.Create());
root.SetAction(arguments =>
{
    var model = arguments.GetRequiredValue(output);
    TransferTraining.Run(
        PictureFolder.Read(arguments.GetRequiredValue(images), arguments.GetValue(skipUnreadable)), arguments.GetValue(folds),
        arguments.GetValue(seed), model, arguments.GetValue(report) ?? Path.Combine(Path.GetDirectoryName(model) ?? "", "report.html"));
});

return CommandLine.Run(root, args);
