using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>The sample on a pretrained network, with pictures of stripes across and down.</summary>
public sealed class TransferLearningTests : IDisposable
{
    private const int PicturesPerClass = 6;

    private readonly string folder = Directory.CreateTempSubdirectory("transfer-").FullName;

    public TransferLearningTests()
    {
        var random = new Random(1);
        foreach (var name in new[] { "across", "down" })
            for (var i = 0; i < PicturesPerClass; i++)
                Write(name, i, random);
    }

    private string Model => Path.Combine(folder, "model.zip");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Training_Stripes_AreToldApartAndPredictedFromTheSavedModel()
    {
        var run = Train();

        run.Errors.Should().BeEmpty();
        run.LastLine.Should().StartWith("micro-accuracy=1.000").And.EndWith(Model);
        File.ReadAllText(Path.Combine(folder, "model.report.html")).Should()
            .Contain("across").And.NotContain("batch normalization, tested");
        var predicted = SampleProcess.RunSample("TransferLearning", "predict", Model, PictureOf("down", 2), PictureOf("across", 3));
        predicted.Output.Split('\n').Select(line => line.Split(' ')[0]).Should().StartWith(["down", "across"]);
    }

    [Fact]
    public void Training_FewerPicturesThanFolds_NamesTheClass() =>
        Train(folds: 7).ShouldHaveFailed("across", "6 pictures", "--folds");

    [Fact]
    public void Training_NoImages_NamesTheOption() => SampleProcess.RunSample("TransferLearning").ShouldHaveFailed("--images");

    private SampleProcess Train(int folds = 3) => SampleProcess.RunSample(
        "TransferLearning", "--images", Path.Combine(folder, "pictures"), "--folds", $"{folds}", "--out", Model);

    private string PictureOf(string name, int number) => Path.Combine(folder, "pictures", name, $"{number}.png");

    private void Write(string name, int number, Random random)
    {
        const int side = 48;
        var (width, from) = (4 + random.Next(4), random.Next(8));
        var pixels = new byte[side * side * 4];
        for (var i = 0; i < pixels.Length; i++)
        {
            var along = name == "across" ? i / 4 / side : i / 4 % side;
            pixels[i] = i % 4 == 3 || (along + from) / width % 2 == 0 ? (byte)255 : (byte)random.Next(60);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(PictureOf(name, number))!);
        using var picture = MLImage.CreateFromPixels(side, side, MLPixelFormat.Bgra32, pixels);
        picture.Save(PictureOf(name, number));
    }
}
