using System.Diagnostics;

namespace MLNet.BatchNorm.Mpi.Tests;

public class MpiRanksTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);   // two processes have to start on a busy machine

    public static TheoryData<string> Workloads => [.. RankWorkloads.Names];

    [MpiTheory]
    [MemberData(nameof(Workloads))]
    public void Fit_Processes_GiveTheModelOfThreads(string workload)
    {
        foreach (var count in (int[])[2, 4])
        {
            var expected = Ranked.Run(count, ranks => RankWorkloads.ChecksumOf(workload, ranks))[0];

            using var job = MpiJob.Start(count, "train", workload);
            var (exitCode, lines) = job.End();

            exitCode.Should().Be(0, job.Errors);
            lines.Should().BeEquivalentTo(Enumerable.Range(0, count).Select(rank => $"rank {rank} of {count}: {expected}"));
        }
    }

    [MpiFact]
    public void Start_WithoutLauncher_IsAlone()
    {
        var expected = Ranked.Run(1, ranks => RankWorkloads.ChecksumOf("dense", ranks))[0];

        using var job = MpiJob.StartAlone("train", "dense");

        job.End().Lines.Should().Equal($"rank 0 of 1: {expected}");
    }

    [MpiFact]
    public void Start_Twice_IsRefused()
    {
        using var job = MpiJob.StartAlone("twice");

        job.End().ExitCode.Should().NotBe(0);
        job.Errors.Should().Contain("MPI starts once in a process");
    }

    [MpiFact]
    public void Fit_OtherOptionsOnARank_EndsTheJobWithTheDifference()
    {
        using var job = MpiJob.Start(2, "differ");

        job.End().ExitCode.Should().NotBe(0);
        job.Errors.Should().Contain("The ranks do not train the same network: Epochs is 5 on rank 0 and 6 on rank 1");
    }

    [MpiFact]
    public void Fit_ExceptionOnARank_EndsTheJobWithItsMessage()
    {
        using var job = MpiJob.Start(2, "throw");

        job.End().ExitCode.Should().NotBe(0);
        job.Errors.Should().Contain("Rank 0 of 2 ends the job: System.IO.InvalidDataException: the callback is at fault");
    }

    [MpiFact]
    public void Abort_ByOneRank_EndsTheOthersSoon()
    {
        using var job = MpiJob.Start(2, "abort");
        var watch = Stopwatch.StartNew();

        job.End().ExitCode.Should().NotBe(0);

        watch.Elapsed.Should().BeLessThan(Soon, "a rank that nobody ends waits for ever");
        job.Errors.Should().Contain("Rank 1 of 2 ends the job: the weather is bad");
    }
}
