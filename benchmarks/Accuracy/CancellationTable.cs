using System.Diagnostics;
using Microsoft.ML;

namespace MLNet.BatchNorm.Accuracy;

/// <summary>How long Fit takes to return after it was cancelled from another thread, beside the time of one batch.</summary>
internal static class CancellationTable
{
    private const int Runs = 20;

    public static void Print()
    {
        var data = new MLContext(seed: 1).Data.LoadFromEnumerable(FormulaRow.Draw(FormulaRow.Curved, 10_000, seed: 1));
        Console.WriteLine("\nCancellation, median and largest of 20 runs\n");
        Console.WriteLine("| units per layer | rows per batch | one batch | until Fit returns, median | largest |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (units, batchSize) in new[] { (64, 32), (512, 256), (1024, 1024) })
        {
            var runs = Enumerable.Range(0, Runs).Select(run => Run(data, units, batchSize, run)).ToArray();
            var batch = runs.Select(run => run.Batch).Order().ElementAt(Runs / 2);
            var latencies = runs.Select(run => run.Latency).Order().ToArray();
            Console.WriteLine($"| {units} | {batchSize} | {batch:F2} ms | {latencies[Runs / 2]:F2} ms | {latencies[^1]:F2} ms |");
        }
    }

    private static (double Batch, double Latency) Run(IDataView data, int units, int batchSize, int run)
    {
        using var source = new CancellationTokenSource();
        using var underway = new ManualResetEventSlim();
        var cancelled = 0L;
        var last = default(BatchReport);
        var canceller = new Thread(() =>
        {
            underway.Wait();
            Thread.Sleep(20 + run);   // somewhere within a batch
            cancelled = Stopwatch.GetTimestamp();
            source.Cancel();
        });
        canceller.Start();
        var model = new MLContext(seed: 1).BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
        {
            Network = NeuralNetworks.Mlp([units, units]),
            LabelColumnName = nameof(FormulaRow.IsTrue),
            BatchSize = batchSize,
            Epochs = 1_000_000,
            BatchProgressEvery = 1,
            BatchProgress = report =>
            {
                last = report;
                underway.Set();
            },
            CancellationToken = source.Token,
        }).Fit(data).Model;
        var latency = Stopwatch.GetElapsedTime(cancelled).TotalMilliseconds;
        canceller.Join();
        if (model.StopReason != StopReason.Cancelled)
            throw new InvalidOperationException($"Fit ended because it {model.StopReason}.");
        return (1000 * batchSize / last.RowsPerSecond, latency);
    }
}
