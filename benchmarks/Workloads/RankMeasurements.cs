using System.Diagnostics;
using System.Globalization;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>
/// What a step of several ranks takes longer than the step of one that has as many rows and asks nobody: 784-512-256-10 with batch norm,
/// 536 k parameters, Adam. Both are taken by turns, on all ranks at once.
/// </summary>
internal static class RankMeasurements
{
    private const int Inputs = 784, Classes = 10, WarmUp = 100, Steps = 400;

    /// <summary>By ranks that are threads of this process, or those of an MPI job if it has more than one.</summary>
    public static void Print(int count, int rowsPerRank)
    {
        using var job = MpiRanks.Start();
        if (job.Count > 1)
            PrintOf(job, "processes over MPI", rowsPerRank);
        else
            ThreadRanks.Run(count, ranks => PrintOf(ranks, "threads", rowsPerRank));
    }

    private static void PrintOf(Ranks ranks, string kind, int rows)
    {
        using var single = BlockRunner.Limit(1);
        var (alone, together) = (StepOf(null, rows, ranks.Rank), StepOf(ranks, rows, ranks.Rank));
        var (aloneSeconds, togetherSeconds) = (new double[Steps], new double[Steps]);
        var allocated = 0L;
        for (var step = -WarmUp; step < Steps; step++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var seconds = (Time(alone), Time(together));
            if (step >= 0)
            {
                (aloneSeconds[step], togetherSeconds[step]) = seconds;
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        if (ranks.Rank != 0)
            return;
        var (own, all) = (aloneSeconds.Median(), togetherSeconds.Median());
        Console.WriteLine("| ranks | rows of each | step of one, ms | step of all, ms | more, ms | bytes allocated in a step |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {ranks.Count} {kind} | {rows} | {own * 1e3:N2} | {all * 1e3:N2} | {(all - own) * 1e3:N2} | {allocated / Steps} |"));
    }

    private static Action StepOf(Ranks? ranks, int rows, int rank)
    {
        var network = BenchmarkNetworks.Mlp([Inputs, 512, 256, Classes], ActivationKind.Relu, batchNorm: true);
        var optimizer = new Adam();
        var data = new Dataset(
            Inputs, PeerData.Uniform(rows * Inputs, PeerData.Examples + (uint)rank), PeerData.Classes(rows, Classes), null,
            [.. Enumerable.Range(0, rows)]);
        var loss = new SoftmaxCrossEntropy();
        var random = new CounterRandom(1);
        var step = new TrainingStep(network, loss, optimizer.Over(network.TrainableParameters), random, rows, ranks: ranks);
        var batches = new DatasetBatches(data, rows);
        var meter = step.NewMeter();
        var number = 0L;
        return () =>
        {
            batches.Start(null);
            step.Train(batches.Next(), ++number, optimizer.LearningRate, meter);
        };
    }

    private static double Time(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
