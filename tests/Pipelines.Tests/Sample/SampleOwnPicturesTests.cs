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

    [Theory]
    [InlineData("color.png", 1)]
    [InlineData("color.png", 12)]   // all pixels are there, but not the last chunk
    [InlineData("color.jpg", 2)]
    [InlineData("color.jpg", 40)]
    [InlineData("progressive.jpg", 2)]
    public void Training_APictureWithoutItsEnd_IsNamed(string picture, int missing)
    {
        File.Delete(CutOff);
        var content = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Pictures", picture));
        Write("rgb", $"short-{picture}", content[..^missing]);

        Train().ShouldHaveFailed($"short-{picture}", $"cut off after {content.Length - missing} bytes", "--skip-unreadable");
    }

    [Fact]
    public void Training_WholePicturesOfAllKindsAndOtherFiles_AreReadAndCounted()
    {
        File.Delete(CutOff);
        var pictures = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Pictures"));
        foreach (var picture in pictures)
            Write("rgb", Path.GetFileName(picture), [.. File.ReadAllBytes(picture), 0, 0]);   // bytes behind the end do no harm
        Write("gray", "Thumbs.db", [1]);
        Write("gray", "notes.txt", [1]);

        var run = Train();

        run.ExitCode.Should().Be(0, run.Errors);
        run.Output.Should().Contain($"Ignored 2 of {PicturesPerClass + 2} files in '{Path.Combine(Pictures, "gray")}'")
            .And.Contain($"Ignored 1 of {PicturesPerClass + pictures.Length} files in '{Path.Combine(Pictures, "rgb")}'");
    }

    private void Write(string name, string file, byte[] content) =>
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(Pictures, name)).FullName, file), content);

    private SampleProcess Train(params string[] more) =>
        SampleProcess.Run(
            ["--images", Pictures, "--size", "16", "--epochs", "30", "--batch", "4", "--out", Path.Combine(folder, "model.zip"), .. more]);
}
