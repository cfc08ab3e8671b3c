using System.IO.Compression;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

public sealed class SampleErrorTests(TrainedSample trained) : IClassFixture<TrainedSample>
{
    private string AnyPicture => Directory.GetFiles(Path.Combine(trained.Pictures, "0"))[0];

    [Fact]
    public void Training_MissingFolder_NamesIt() => ShouldFail(["--images", "no such folder"], "no such folder", "subfolder");

    [Fact]
    public void Training_FolderWithoutClasses_SaysWhatIsNeeded() =>
        ShouldFail(["--images", Path.Combine(trained.Pictures, "0")], trained.Pictures, "at least 2");

    [Fact]
    public void Training_EmptyClass_NamesItsFolder()
    {
        var pictures = trained.MakeClasses("with an empty class", "0", "1");
        var empty = Directory.CreateDirectory(Path.Combine(pictures, "2")).FullName;
        File.WriteAllText(Path.Combine(empty, "notes.txt"), "not a picture");

        ShouldFail(["--images", pictures], empty, ".png");
    }

    [Fact]
    public void Training_ClassOfOnePicture_NamesIt()
    {
        var pictures = trained.MakeClasses("with a single picture", "0", "1");
        var single = Directory.CreateDirectory(Path.Combine(pictures, "lonely")).FullName;
        File.Copy(AnyPicture, Path.Combine(single, "one.png"));

        ShouldFail(["--images", pictures], "'lonely'", "only one picture");
    }

    [Theory]
    [InlineData("no picture at all")]
    [InlineData("")]
    public void Training_UnreadablePicture_NamesTheFile(string content)
    {
        var pictures = trained.MakeClasses($"unreadable {content.Length}", "0", "1");
        var broken = Path.Combine(pictures, "1", "broken.png");
        File.WriteAllText(broken, content);

        ShouldFail(["--images", pictures], broken, "replace or remove");
    }

    [Fact]
    public void Training_GiganticPicture_NamesTheFileBeforeItIsDecoded()
    {
        var pictures = trained.MakeClasses("with a gigantic picture", "0", "1");
        var gigantic = Path.Combine(pictures, "1", "gigantic.gif");
        var content = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Pictures", "palette.gif"));
        content.AsSpan(6, 4).Fill(byte.MaxValue);   // width and height; no checksum covers them
        File.WriteAllBytes(gigantic, content);

        ShouldFail(["--images", pictures], gigantic, "65535 x 65535");
    }

    [Theory]
    [InlineData("a-file/model.zip")]
    [InlineData("a-folder")]
    [InlineData("a-folder/")]
    public void Training_UnwritableOutput_SaysSoBeforeItStarts(string output)
    {
        File.WriteAllText(trained.InFolder("a-file"), "");
        Directory.CreateDirectory(trained.InFolder("a-folder"));
        var path = trained.InFolder(output);

        ShouldFail(["--images", trained.Pictures, "--out", path], path, "--out").Output.Should().NotContain("epoch");
    }

    [Theory]
    [InlineData("--epochs", "0")]
    [InlineData("--epochs", "many")]
    [InlineData("--batch", "1")]
    [InlineData("--size", "0")]
    [InlineData("--size", "1000")]
    [InlineData("--threads", "0")]
    [InlineData("--network", "transformer")]
    public void Training_BadNumber_NamesTheOption(string option, string value) => ShouldFail([option, value], option, value);

    [Fact]
    public void Training_UnwritableReport_SaysSoBeforeItStarts()
    {
        var folder = Directory.CreateDirectory(trained.InFolder("a folder for a report")).FullName;

        ShouldFail(["--images", trained.Pictures, "--out", trained.InFolder("unreported.zip"), "--report", folder], folder, "--report")
            .Output.Should().NotContain("epoch");
    }

    [Fact]
    public void Training_TwoKindsOfPictures_IsRefused() => ShouldFail(["--images", trained.Pictures, "--idx", "."], "--images", "--idx");

    [Fact]
    public void Training_NothingButUnreadablePictures_NamesTheFolderEvenWhenSkipping()
    {
        var pictures = trained.MakeClasses("one class broken", "0", "1");
        var broken = Directory.CreateDirectory(Path.Combine(pictures, "2")).FullName;
        File.WriteAllText(Path.Combine(broken, "broken.png"), "no picture at all");

        var run = SampleProcess.Run("--images", pictures, "--skip-unreadable");

        run.ExitCode.Should().Be(2);
        run.Errors.TrimEnd().Split('\n')[^1].Should().ContainAll(broken, "no picture that can be read");
    }

    [Fact]
    public void Evaluate_UnknownClass_NamesItAndTheOnesOfTheModel() =>
        ShouldFail(["evaluate", trained.ModelPath, "--images", trained.MakeClasses("of other classes", "0", "7")], "'7'", "0, 1");

    [Fact]
    public void Evaluate_WithoutFolder_PointsToTheHelp() => ShouldFail(["evaluate", trained.ModelPath], "--images", "--help");

    [Theory]
    [InlineData("--images")]
    [InlineData("--idx")]
    [InlineData("--out")]
    public void Training_OptionWithoutValue_NamesTheOption(string option) => ShouldFail([option], option, "--help");

    [Fact]
    public void Predict_NoArguments_NamesTheFirst() => ShouldFail(["predict"], "<model.zip>", "predict", "--help");

    [Fact]
    public void Predict_NoPicture_NamesTheArgument() => ShouldFail(["predict", trained.ModelPath], "<image>", "predict", "--help");

    [Fact]
    public void Predict_FolderForAPicture_NamesItAndTheFilesInIt() =>
        ShouldFail(["predict", trained.ModelPath, trained.Pictures], trained.Pictures, "is a folder", "*.png");

    [Fact]
    public void Predict_FolderForTheModel_NamesItAndTheArgument() =>
        ShouldFail(["predict", trained.Pictures, AnyPicture], "<model.zip>", "is a folder", trained.Pictures);

    [Fact]
    public void Export_NoFile_NamesTheArgument() => ShouldFail(["export", trained.ModelPath], "<file.onnx>", "--help");

    [Fact]
    public void Predict_MissingModel_NamesIt() => ShouldFail(["predict", "nowhere.zip", AnyPicture], "nowhere.zip");

    [Fact]
    public void Predict_MissingPicture_NamesIt() => ShouldFail(["predict", trained.ModelPath, "nowhere.png"], "nowhere.png");

    [Fact]
    public void Predict_UnreadablePicture_NamesItAndPredictsNone()
    {
        var broken = trained.InFolder("broken.png");
        File.WriteAllText(broken, "no picture at all");

        ShouldFail(["predict", trained.ModelPath, AnyPicture, broken], broken, "replace or remove").Output.Should().BeEmpty();
    }

    [Fact]
    public void Predict_FileThatIsNoModel_NamesIt()
    {
        var path = trained.InFolder("text.zip");
        File.WriteAllText(path, "no zip at all");

        ShouldFail(["predict", path, AnyPicture], path, "train and save it again");
    }

    [Fact]
    public void Predict_TruncatedModel_NamesIt()
    {
        var path = trained.InFolder("truncated.zip");
        File.WriteAllBytes(path, File.ReadAllBytes(trained.ModelPath)[..1000]);

        ShouldFail(["predict", path, AnyPicture], path, "train and save it again");
    }

    [Fact]
    public void Predict_ModelWithAFlippedBit_SaysWhichPartIsDamaged()
    {
        var path = trained.InFolder("flipped.zip");
        File.Copy(trained.ModelPath, path);
        FlipBitOfLargestEntry(path);

        ShouldFail(["predict", path, AnyPicture], path, "neural network", "checksum");
    }

    // In the content, not in the file: the zip and its own checksums stay right.
    private static void FlipBitOfLargestEntry(string path)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Update);
        var name = archive.Entries.Select(entry => entry.FullName).MaxBy(name => ContentOf(name).Length)!;
        var content = ContentOf(name);
        content[content.Length / 2] ^= 1;
        archive.GetEntry(name)!.Delete();
        using var stream = archive.CreateEntry(name).Open();
        stream.Write(content);

        byte[] ContentOf(string name)
        {
            using var content = new MemoryStream();
            using var entry = archive.GetEntry(name)!.Open();
            entry.CopyTo(content);
            return content.ToArray();
        }
    }

    private static SampleProcess ShouldFail(string[] arguments, params string[] words)
    {
        var run = SampleProcess.Run(arguments);
        run.ShouldHaveFailed(words);
        return run;
    }
}
