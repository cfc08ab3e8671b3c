using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

public sealed class SampleExportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sample-export-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Export_DigitsNetwork_GivesTheSameAnswersInOnnxRuntime()
    {
        var model = Path.Combine(folder, "digits.zip");
        var onnx = Path.Combine(folder, "digits.onnx");
        SampleProcess.Run("--epochs", "5", "--out", model).ExitCode.Should().Be(0);

        var run = SampleProcess.Run("export", model, onnx);

        run.Errors.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Output.Should().ContainAll("Features: [N, 1, 8, 8]", "Score: [N, 10], the probabilities of 0, 1, 2, 3", onnx);
        var ml = new MLContext();
        var predictions = ml.Model.Load(model, out _).Transform(ml.Data.LoadFromEnumerable(TestPictures()));
        float[][] features = [.. predictions.GetColumn<float[]>("Features")];
        features.Should().HaveCount(360);

        Answers(onnx, features).Should().Equal(predictions.GetColumn<string>("PredictedLabel"));
    }

    [Fact]
    public void Export_FileThatCannotBeWritten_IsNamed()
    {
        var model = Path.Combine(folder, "digits.zip");
        SampleProcess.Run("--epochs", "1", "--out", model).ExitCode.Should().Be(0);

        SampleProcess.Run("export", model, folder).ShouldHaveFailed("Cannot write the network", folder, "<file.onnx>");
    }

    // The classes are 0 to 9 in this order, and keys count from 1.
    private static IEnumerable<string> Answers(string onnx, float[][] features)
    {
        using var session = new InferenceSession(onnx);
        using var input = OrtValue.CreateTensorValueFromMemory([.. features.SelectMany(row => row)], [features.Length, 1, 8, 8]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["Features"], [input], ["PredictedLabel"]);
        return [.. results[0].GetTensorDataAsSpan<uint>().ToArray().Select(key => $"{key - 1}")];
    }

    private Picture[] TestPictures()
    {
        using var archive = ZipFile.OpenRead(Path.Combine(SampleProcess.Folder, "Data", "digits.zip"));
        archive.ExtractToDirectory(folder);
        return
        [
            .. Directory.GetFiles(folder, "test-*.png", SearchOption.AllDirectories)
                .Select(path => new Picture { ImagePath = path, Label = Path.GetFileName(Path.GetDirectoryName(path)!) }),
        ];
    }

    private sealed class Picture
    {
        public string ImagePath { get; init; } = "";

        public string Label { get; init; } = "";
    }
}
