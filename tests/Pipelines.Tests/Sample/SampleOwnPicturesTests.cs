namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>What a new user's folder may look like: three kinds of PNG in three sizes, and a file that was cut off.</summary>
public sealed class SampleOwnPicturesTests : IDisposable
{
    private const int PicturesPerClass = 10;

    // Plain dark gray 12x9, red 40x23 and blue 9x14 with an alpha channel.
    private static readonly Dictionary<string, string> Classes = new()
    {
        ["gray"] = "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAJCAAAAAAj05KIAAAAD0lEQVR42mPQQAIMdOIAANvSEOEEylPwAAAAAElFTkSuQmCC",
        ["rgb"] = "iVBORw0KGgoAAAANSUhEUgAAACgAAAAXCAIAAAD2sJpCAAAAJ0lEQVR42mM4ISc3IIhh1OJRi0ctHrV41OJRi0ctHrV41OJRi6mOAG5l"
            + "po79cS2KAAAAAElFTkSuQmCC",
        ["rgba"] = "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAOCAYAAAD9lDaoAAAAFUlEQVR42mOQk7vznxBmGFU0vBUBAKSkB2K+v7BjAAAAAElFTkSuQmCC",
    };

    private readonly string folder = Directory.CreateTempSubdirectory("own-pictures-").FullName;

    public SampleOwnPicturesTests()
    {
        foreach (var (name, png) in Classes)
            for (var i = 0; i < PicturesPerClass; i++)
                Write(name, $"{i}.png", Convert.FromBase64String(png));
        File.WriteAllBytes(CutOff, File.ReadAllBytes(Path.Combine(Pictures, "rgb", "0.png"))[..20]);
    }

    private string Pictures => Path.Combine(folder, "pictures");

    private string CutOff => Path.Combine(Pictures, "rgb", "cut off.png");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Training_AFileThatWasCutOff_IsNamed() => Train().ShouldHaveFailed(CutOff, "replace or remove", "--skip-unreadable");

    [Fact]
    public void Training_SkipUnreadable_NamesTheFileAndLearnsTheOthers()
    {
        var run = Train("--skip-unreadable");

        run.ExitCode.Should().Be(0);
        run.Errors.TrimEnd().Split('\n').Should().ContainSingle().Which.Should().ContainAll("Skipped", CutOff);
        run.Output.Should().ContainAll("Training on 24 pictures of 3 classes", "Test on 6 other pictures");
        run.LastLine.Should().StartWith("micro-accuracy=1.000");
    }

    private void Write(string name, string file, byte[] content) =>
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(Pictures, name)).FullName, file), content);

    private SampleProcess Train(params string[] more) =>
        SampleProcess.Run(
            ["--images", Pictures, "--size", "16", "--epochs", "30", "--batch", "4", "--out", Path.Combine(folder, "model.zip"), .. more]);
}
