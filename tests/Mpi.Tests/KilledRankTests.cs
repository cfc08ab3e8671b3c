using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Mpi.Tests;

/// <summary>A job of which one process is killed, as when a machine is lost.</summary>
public sealed class KilledRankTests : IDisposable
{
    private const string Workload = "dense";
    private const int Ranks = 2;

    // More by KILLS=20 in the environment.
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("KILLS") ?? "3", CultureInfo.InvariantCulture);

    private readonly string folder = Directory.CreateTempSubdirectory("killed-rank-").FullName;

    private string FilePath => Path.Combine(folder, "training.checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [MpiFact]
    public void Kill_OfAnyRank_EndsTheJob_WhichGoesOnToTheSameModel()
    {
        var expected = Ranked.Run(Ranks, ranks => RankWorkloads.ChecksumOf(Workload, ranks))[0];
        var random = new Random(3);
        for (var kill = 0; kill < Kills; kill++)
        {
            File.Delete(FilePath);
            KillOne(random.Next(Ranks), afterSteps: random.Next(1, 20)).Should().NotBe(0, "a job that lost a rank has failed");

            using var again = MpiJob.Start(Ranks, "resume", Workload, FilePath);
            var (exitCode, lines) = again.End();

            exitCode.Should().Be(0, again.Errors);
            lines.Where(line => line.Contains(" of ")).Should().BeEquivalentTo(
                Enumerable.Range(0, Ranks).Select(rank => $"rank {rank} of {Ranks}: {expected}"));
        }
    }

    private int KillOne(int rank, int afterSteps)
    {
        using var job = MpiJob.Start(Ranks, "resume", Workload, FilePath);
        var processes = new Dictionary<int, int>();
        while (afterSteps > 0 && job.ReadLine() is { } line)
        {
            if (Regex.Match(line, @"^rank (\d) is process (\d+)$") is { Success: true } found)
                processes[Number(found.Groups[1])] = Number(found.Groups[2]);
            else
                afterSteps--;
        }

        Process.GetProcessById(processes[rank]).Kill();
        return job.End().ExitCode;
    }

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);
}
