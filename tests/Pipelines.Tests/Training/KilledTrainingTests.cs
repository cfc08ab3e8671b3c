using System.Diagnostics;
using System.Globalization;
using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>A training in another process that is killed, as by a power cut, but for what the disk itself may lose.</summary>
public sealed class KilledTrainingTests : IDisposable
{
    private const int Kills = 20;

    private readonly string folder = Directory.CreateTempSubdirectory("killed-training-").FullName;

    private string FilePath => Path.Combine(folder, "training.checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Kill_AtAnyTime_LeavesAWholeCheckpointToGoOnFrom()
    {
        var random = new Random(4);
        var done = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            var printed = TrainUntilKilled(epochs: random.Next(1, 6), then: TimeSpan.FromMilliseconds(8 * random.NextDouble()));

            printed[0].Should().Be(done + 1, "it goes on from where the checkpoint is");
            done = CheckpointFile.Read(FilePath).State.Epochs.Count;
            done.Should().BeGreaterThanOrEqualTo(printed[^1], "a checkpoint is written before progress is told");
        }

        new CheckpointClaim(FilePath).Dispose();
        Directory.GetFiles(folder).Should().Equal(FilePath);
    }

    /// <summary>Waits for some epochs and then some more, kills, and returns the epochs that were told.</summary>
    private List<int> TrainUntilKilled(int epochs, TimeSpan then)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var writer = Path.Combine(AppContext.BaseDirectory, "MLNet.BatchNorm.CheckpointWriter.dll");
        using var process = Process.Start(
            new ProcessStartInfo(dotnet, [writer, FilePath]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var printed = new List<int>();
        while (printed.Count < epochs && process.StandardOutput.ReadLine() is { } line)
            printed.Add(int.Parse(line, CultureInfo.InvariantCulture));
        Thread.Sleep(then);
        process.Kill();
        var rest = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        errors.Result.Should().BeEmpty();
        string[] whole = rest.EndsWith('\n') ? rest.TrimEnd().Split('\n') : [.. rest.Split('\n').SkipLast(1)];
        printed.AddRange(whole.Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
        return printed;
    }
}
