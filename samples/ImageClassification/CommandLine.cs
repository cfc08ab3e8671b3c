using System.CommandLine;
using System.CommandLine.Parsing;
using ImageClassification.Study;

namespace ImageClassification;

/// <summary>The commands and options of the program.</summary>
internal static class CommandLine
{
    private const int MostEpochs = 100_000;
    private const int LargestSide = 128;

    public static RootCommand Create()
    {
        var images = new Option<string?>("--images")
        {
            Description = "Your own pictures: a folder with one subfolder for each class, named after it; "
                + "a fifth of each class is kept for the test. Default: handwritten digits",
            HelpName = "folder",
        };
        var size = new Option<int?>("--size")
        {
            Description = $"Pictures are scaled to squares of this side, 1 to {LargestSide}. "
                + $"Default: {PictureFormat.Digits.Size} for the digits, {PictureFormat.Color.Size} for your own",
            HelpName = "pixels",
        };
        var gray = new Option<bool>("--gray") { Description = "Your own pictures are gray: one channel instead of three" };
        var seed = new Option<int>("--seed")
        {
            Description = "Decides everything random: equal seeds give equal models",
            DefaultValueFactory = _ => 1,
            HelpName = "number",
        };
        var epochs = new Option<int>("--epochs")
        {
            Description = "How often training goes through the pictures",
            DefaultValueFactory = _ => ImagePipeline.DefaultEpochs,
            HelpName = "number",
        };
        var output = new Option<string>("--out")
        {
            Description = "Where the model is saved",
            DefaultValueFactory = _ => ModelFile.DefaultPath,
            HelpName = "model.zip",
        };
        var compare = new Option<bool>("--compare")
        {
            Description = $"Train with and without batch normalization, {Comparison.Seeds} seeds each, and compare; no model is saved",
        };
        epochs.Validators.Add(InRange(1, MostEpochs));
        size.Validators.Add(InRange(1, LargestSide));

        var root = new RootCommand("Trains a neural network with batch normalization on pictures, tests it and saves it.")
        {
            images, size, gray, seed, epochs, output, compare, Predict(), StudyRun.Command(),
        };
        root.Validators.Add(result =>
        {
            if (result.GetValue(compare) && result.GetResult(output) is { Implicit: false })
                result.AddError("--compare saves no model: leave out --out.");
        });
        root.SetAction(arguments =>
        {
            var choices = new TrainingChoices(arguments.GetValue(seed), arguments.GetValue(epochs));
            var format = arguments.GetValue(gray) ? PictureFormat.Gray : PictureFormat.Color;
            var data = arguments.GetValue(images) is { } folder
                ? OwnPictures.Read(folder, format, choices.Seed)
                : DigitsArchive.Read();
            if (arguments.GetValue(size) is { } side)
                data = data with { Format = data.Format with { Size = side } };

            if (arguments.GetValue(compare))
                Comparison.Run(data, choices);
            else
                Training.Run(data, choices, arguments.GetRequiredValue(output));
        });
        return root;
    }

    private static Command Predict()
    {
        var model = new Argument<string>("model.zip") { Description = "A model that this program saved" };
        var pictures = new Argument<string[]>("image") { Description = "Pictures to classify", Arity = ArgumentArity.OneOrMore };
        var command = new Command("predict", "Loads a saved model and prints label, probability and file name for each picture.")
        {
            model, pictures,
        };
        command.SetAction(arguments => Prediction.Run(arguments.GetRequiredValue(model), arguments.GetRequiredValue(pictures)));
        return command;
    }

    private static Action<OptionResult> InRange(int smallest, int largest) => result =>
    {
        // What is no number at all has its own message.
        if (result.Tokens is [var token] && int.TryParse(token.Value, out var value) && (value < smallest || value > largest))
            result.AddError($"{result.Option.Name} must be {smallest} to {largest}, not {value}.");
    };
}
