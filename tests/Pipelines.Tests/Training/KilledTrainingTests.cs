using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>A training in another process that is killed.</summary>
public sealed class KilledTrainingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("killed-training-").FullName;

    private string FilePath => Path.Combine(folder, "training.checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Kill_AtAnyTime_LeavesAWholeCheckpointToGoOnFrom()
    {
        var random = new Random(4);
        var done = 0;
        for (var kill = 1; kill <= KilledProcess.Kills; kill++)
        {
            var then = TimeSpan.FromMilliseconds(8 * random.NextDouble());
            var printed = KilledProcess.RunUntilKilled(["checkpoint", FilePath], lines: random.Next(1, 6), then);

            printed[0].Should().Be(done + 1, "it goes on from where the checkpoint is");
            done = CheckpointFile.Read(FilePath).State.Epochs.Count;
            done.Should().BeGreaterThanOrEqualTo(printed[^1], "a checkpoint is written before progress is told");
        }

        new CheckpointClaim(FilePath).Dispose();
        Directory.GetFiles(folder).Should().Equal(FilePath);
    }
}
