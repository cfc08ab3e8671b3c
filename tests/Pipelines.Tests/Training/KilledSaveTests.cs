using MLNet.BatchNorm.CheckpointWriter;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>A program that saves a model and its report as the image sample does, and is killed.</summary>
public sealed class KilledSaveTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("killed-save-").FullName;

    private string ModelPath => Path.Combine(folder, "a.zip");

    private string ReportPath => Path.Combine(folder, "a.report.html");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Kill_AtAnyTime_LeavesAWholeModelAndReportAndNothingForTheNextRun()
    {
        var random = new Random(5);
        float[]? scores = null;
        for (var kill = 1; kill <= KilledProcess.Kills; kill++)
        {
            var then = TimeSpan.FromMilliseconds(20 * random.NextDouble());
            var printed = KilledProcess.RunUntilKilled(["model", ModelPath], lines: random.Next(1, 4), then);

            scores ??= Scores();
            Scores().Should().Equal(scores, $"of kill {kill}");
            var report = File.ReadAllText(ReportPath);
            new[] { SavedReport.Of(printed[^1]), SavedReport.Of(printed[^1] + 1) }.Should().Contain(report, $"of kill {kill}");
            // At most what was being written at that moment: what an earlier run left is gone.
            Directory.GetFiles(folder).Except([ModelPath, ReportPath]).Should().HaveCountLessThanOrEqualTo(1);
        }

        KilledProcess.Run("model", ModelPath, "1");
        Directory.GetFiles(folder).Should().BeEquivalentTo(ModelPath, ReportPath);
    }

    private float[] Scores()
    {
        var network = ((NeuralNetworkPredictionTransformer)Toy.ML.Model.Load(ModelPath, out _)).Model;
        var scores = new float[network.OutputCount];
        network.Predict([.. Enumerable.Range(0, network.InputCount).Select(i => i / 64f)], scores);
        return scores;
    }
}
