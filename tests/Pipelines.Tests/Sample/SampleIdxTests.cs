using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

public sealed class SampleIdxTests : IDisposable
{
    private const int Width = 6, Height = 5, Training = 40, Test = 10;

    private readonly string folder = Directory.CreateTempSubdirectory("idx-tests-").FullName;

    public SampleIdxTests()
    {
        WritePart("train", Training);
        WritePart("t10k", Test);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Training_PlainAndGzippedFiles_KeepsTheirSplitAndLearnsThem()
    {
        Gzip("train-images-idx3-ubyte");
        Gzip("t10k-labels-idx1-ubyte");

        var run = Train();

        run.Errors.Should().BeEmpty();
        run.Output.Should().ContainAll("Training on 40 pictures of 2 classes", "Test on 10 other pictures");
        run.LastLine.Should().StartWith("micro-accuracy=1.000", "dark pictures are class 3, bright ones are class 12");
        run.Output.Should().ContainAll("\n  03 ", "\n  12 ");
    }

    [Fact]
    public void Training_Pictures_WritesNoFilesAndTheModelReadsThose()
    {
        var current = Directory.CreateDirectory(PathOf("current")).FullName;

        Train(current).ExitCode.Should().Be(0);

        Directory.GetFileSystemEntries(current).Should().BeEmpty();
        var picture = PathOf("bright.png");
        var pixels = Enumerable.Repeat((byte)200, Width * Height * 4).ToArray();
        using (var bright = MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Rgba32, pixels))
            bright.Save(picture);
        SampleProcess.Run("predict", PathOf("model.zip"), picture).Output.Should().StartWith("12  ");
    }

    [Fact]
    public void Report_Mistakes_ShowsThePicture()
    {
        WriteLabels("t10k", Test, first: 12, second: 3);   // so that all of them are mistakes

        Train().LastLine.Should().StartWith("micro-accuracy=0.000");

        File.ReadAllText(PathOf("model.report.html")).Should()
            .Contain("t10k-images-idx3-ubyte, picture 0").And.Contain("src=\"data:image/png;base64,");
    }

    [Fact]
    public void Training_PicturesAndLabelsMixedUp_NamesTheFileAndBothMagicNumbers()
    {
        File.Copy(PathOf("train-labels-idx1-ubyte"), PathOf("train-images-idx3-ubyte"), overwrite: true);

        Train().ShouldHaveFailed(PathOf("train-images-idx3-ubyte"), "0x00000801", "0x00000803");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16 + Training * Width * Height - 1)]
    [InlineData(16 + Training * Width * Height + 1)]
    public void Training_FileOfAnotherLengthThanItSays_NamesItAndBothLengths(int length)
    {
        var content = File.ReadAllBytes(PathOf("train-images-idx3-ubyte"));
        Array.Resize(ref content, length);
        File.WriteAllBytes(PathOf("train-images-idx3-ubyte"), content);

        Train().ShouldHaveFailed(PathOf("train-images-idx3-ubyte"), $"{length}", "download it again");
    }

    [Fact]
    public void Training_MorePicturesThanLabels_NamesBothFilesAndCounts()
    {
        WriteLabels("t10k", Test - 1);

        Train().ShouldHaveFailed(PathOf("t10k-images-idx3-ubyte"), "10 pictures", PathOf("t10k-labels-idx1-ubyte"), "9 labels");
    }

    [Fact]
    public void Training_PicturesOfTwoSizes_NamesBoth()
    {
        WriteImages("t10k", Test, Width + 1);

        Train().ShouldHaveFailed("6 x 5", "7 x 5");
    }

    [Fact]
    public void Training_NoPixels_NamesTheFile()
    {
        WriteImages("train", Training, width: 0);

        Train().ShouldHaveFailed(PathOf("train-images-idx3-ubyte"), "0 x 5");
    }

    [Fact]
    public void Training_DamagedGzip_NamesTheFile()
    {
        File.Move(PathOf("t10k-images-idx3-ubyte"), PathOf("t10k-images-idx3-ubyte.gz"));

        Train().ShouldHaveFailed(PathOf("t10k-images-idx3-ubyte.gz"), "decompress");
    }

    [Fact]
    public void Training_MissingFile_NamesIt()
    {
        File.Delete(PathOf("t10k-labels-idx1-ubyte"));

        Train().ShouldHaveFailed(PathOf("t10k-labels-idx1-ubyte"), ".gz");
    }

    [Fact]
    public void Training_MissingFolder_NamesIt() => SampleProcess.Run("--idx", "no such folder").ShouldHaveFailed("no such folder", "IDX");

    private SampleProcess Train(string? currentFolder = null) =>
        SampleProcess.RunIn(currentFolder ?? folder, "--idx", folder, "--epochs", "30", "--out", PathOf("model.zip"));

    private string PathOf(string name) => Path.Combine(folder, name);

    private void WritePart(string part, int count)
    {
        WriteImages(part, count, Width);
        WriteLabels(part, count);
    }

    // Dark and bright by turns, no two the same.
    private void WriteImages(string part, int count, int width)
    {
        var pixels = Enumerable.Range(0, count * width * Height).Select(i => (byte)(i / (width * Height) % 2 * 160 + i * 7 % 80));
        Write($"{part}-images-idx3-ubyte", 0x803, [count, Height, width], pixels);
    }

    private void WriteLabels(string part, int count, byte first = 3, byte second = 12) =>
        Write($"{part}-labels-idx1-ubyte", 0x801, [count], Enumerable.Range(0, count).Select(i => i % 2 == 0 ? first : second));

    private void Write(string name, int magic, int[] sizes, IEnumerable<byte> content)
    {
        using var file = File.Create(PathOf(name));
        foreach (var number in sizes.Prepend(magic))
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, number);
            file.Write(bytes);
        }

        file.Write(content.ToArray());
    }

    private void Gzip(string name)
    {
        using (var to = new GZipStream(File.Create(PathOf($"{name}.gz")), CompressionLevel.Fastest))
            to.Write(File.ReadAllBytes(PathOf(name)));
        File.Delete(PathOf(name));
    }
}
