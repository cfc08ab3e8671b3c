using System.CommandLine;
using ImageClassification.Pictures;

namespace ImageClassification.Commands;

/// <summary>What the program does without a subcommand.</summary>
internal static class TrainCommand
{
    private const int SmallestSide = 8;
    private const int LargestSide = 128;

    private static readonly Option<string?> Images = new("--images")
    {
        Description = "Your own pictures: a folder with one subfolder for each class, named after it; "
            + "a fifth of each class is kept for the test. Default: handwritten digits",
        HelpName = "folder",
    };

    private static readonly Option<string?> Idx = new("--idx")
    {
        Description = "MNIST, Fashion-MNIST or the like: a folder with their four IDX files, which may be gzipped",
        HelpName = "folder",
    };

    private static readonly Option<int?> Size = new("--size")
    {
        Description = $"Pictures are scaled to squares of this side, {SmallestSide} to {LargestSide}. "
            + $"Default: {PictureFormat.Digits.Size} for the digits, {PictureFormat.Color.Size} for your own",
        HelpName = "pixels",
        Validators = { Arguments.InRange(SmallestSide, LargestSide) },
    };

    private static readonly Option<bool> Gray = new("--gray") { Description = "Your own pictures are gray: one channel instead of three" };

    private static readonly Option<bool> SkipUnreadable = Arguments.SkipUnreadable();

    private static readonly Option<int> Seed = Arguments.Number(
        "--seed", "Decides everything random: equal seeds give equal models", int.MinValue, int.MaxValue, fallback: 1);

    private static readonly Option<int> Epochs = Arguments.Number(
        "--epochs", "How often training goes through the pictures", 1, 100_000, TrainingChoices.Default.Epochs);

    private static readonly Option<int> Batch = Arguments.Number(
        "--batch", "Pictures per step", 2, 65_536, TrainingChoices.Default.BatchSize);

    private static readonly Option<string> Network = new("--network")
    {
        Description = "A multilayer perceptron, a small convolutional network or a residual network of 8 layers",
        DefaultValueFactory = _ => Networks.Default,
        HelpName = string.Join('|', Networks.ByName.Keys),
        Validators = { Arguments.OneOf(Networks.ByName.Keys) },
    };

    private static readonly Option<int?> Threads = new("--threads")
    {
        Description = "How many threads may train, 1 to 1024; the model is the same for every number. "
            + "Default: as many as there are processors",
        HelpName = "number",
        Validators = { Arguments.InRange(1, 1024) },
    };

    private static readonly Option<string> Output = Arguments.Output();

    private static readonly Option<string?> Report = Arguments.ReportBesideModel();

    public static RootCommand Create()
    {
        var root = new RootCommand("Trains a neural network with batch normalization on pictures, tests it, saves it and writes a report.")
        {
            Images, Idx, Size, Gray, SkipUnreadable, Network, Epochs, Batch, Seed, Threads, Output, Report,
        };
        root.Validators.Add(result =>
        {
            if (result.GetResult(Images) is not null && result.GetResult(Idx) is not null)
                result.AddError("--images and --idx are two ways to name the pictures: leave one out.");
        });
        root.SetAction(Run);
        return root;
    }

    private static int Run(ParseResult arguments)
    {
        var choices = new TrainingChoices
        {
            Seed = arguments.GetValue(Seed),
            Epochs = arguments.GetValue(Epochs),
            BatchSize = arguments.GetValue(Batch),
            Network = arguments.GetRequiredValue(Network),
            Threads = arguments.GetValue(Threads),
        };
        var data = Read(arguments, choices.Seed);
        if (arguments.GetValue(Size) is { } side)
            data = data with { Format = data.Format with { Size = side } };
        var model = arguments.GetRequiredValue(Output);
        return Training.Run(data, choices, model, arguments.GetValue(Report) ?? OutputFile.ReportBeside(model));
    }

    private static PictureData Read(ParseResult arguments, int seed)
    {
        if (arguments.GetValue(Idx) is { } idx)
            return IdxPictures.Read(idx);
        var format = arguments.GetValue(Gray) ? PictureFormat.Gray : PictureFormat.Color;
        return arguments.GetValue(Images) is { } folder
            ? OwnPictures.Read(folder, format, seed, arguments.GetValue(SkipUnreadable))
            : DigitsArchive.Read();
    }
}
