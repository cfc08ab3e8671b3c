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
var output = Arguments.Output();
var report = Arguments.ReportBesideModel();

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
        arguments.GetValue(seed), model, arguments.GetValue(report) ?? OutputFile.ReportBeside(model));
});

return CommandLine.Run(root, args);
