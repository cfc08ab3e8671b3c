using System.Diagnostics;
using Microsoft.ML;

namespace MLNet.BatchNorm.DataViews;

/// <summary>How the process grows with the rows that a network is trained on.</summary>
internal static class MemoryMeasurements
{
    private const int Inputs = 100;

    public static void Run()
    {
        var options = new NeuralNetworkOptions { Network = net => net.Dense(32).BatchNorm().Relu(), Epochs = 1, BatchSize = 256, Seed = 1 };
        var trainer = Rows.ML.BinaryClassification.Trainers.NeuralNetwork(options);
        Console.WriteLine(
            "\n| rows | features and labels as float32, MB | peak working set, MB | difference, MB |\n|---|---|---|---|");
        // Upwards, because the peak of a process never falls.
        foreach (var rows in (int[])[1_000, 100_000, 250_000, 500_000, 750_000, 1_000_000, 1_500_000, 2_000_000])
        {
            trainer.Fit(Rows.Streamed(rows, Inputs));
            using var process = Process.GetCurrentProcess();
            var (data, peak) = ((Inputs + 1L) * sizeof(float) * rows / 1e6, process.PeakWorkingSet64 / 1e6);
            Console.WriteLine($"| {rows:N0} | {data:F0} | {peak:F0} | {peak - data:F0} |");
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }
}
