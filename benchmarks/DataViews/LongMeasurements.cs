using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;

namespace MLNet.BatchNorm.DataViews;

/// <summary>Runs that are long, large, or of many threads: each prints what the process takes on the way, which must stay flat.</summary>
internal static class LongMeasurements
{
    public static void Run(double share)
    {
        StreamManyRows((int)(5_000_000 * share));
        TransformWideRows((int)(1_000_000 * share));
        FitOften((int)(10_000 * share));
        PredictOften((int)(10_000_000 * share));
        PredictOnManyThreads((int)(4_000_000 * share));
    }

    // Memory for a fraction of the rows alone, so that every epoch reads them again.
    private static void StreamManyRows(int rows)
    {
        const int inputs = 64;
        var options = new NeuralNetworkOptions
        {
            Network = net => net.Dense(32).BatchNorm().Relu(),
            Epochs = 2,
            BatchSize = 1024,
            Seed = 1,
            MemoryBudget = 64L << 20,
        };
        var growth = new Growth($"{rows:N0} streamed rows of {inputs} features");
        Rows.ML.Transforms.BatchNormalization("Normalized", nameof(Row.Features)).Fit(Rows.Streamed(rows, inputs));
        growth.Look("statistics");
        foreach (var part in (int[])[rows / 5, rows])
        {
            Rows.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(Rows.Streamed(part, inputs));
            growth.Look($"training on {part:N0}");
        }
    }

    private static void TransformWideRows(int columns)
    {
        var growth = new Growth($"10 rows of {columns:N0} features");
        var data = Rows.Streamed(10, columns);
        var model = Rows.ML.Transforms.BatchNormalization("Normalized", nameof(Row.Features)).Fit(data);
        growth.Look("fit");
        for (var i = 0; i < 3; i++)
        {
            Rows.ReadVectors(model.Transform(data), "Normalized");
            growth.Look("transform");
        }
    }

    private static void FitOften(int fits)
    {
        var data = Rows.Streamed(100, 8);
        var options = new NeuralNetworkOptions { Network = net => net.Dense(8).BatchNorm().Relu(), Epochs = 1, Seed = 1 };
        var growth = new Growth($"{fits:N0} trainings on 100 rows");
        for (var part = 0; part < 5; part++)
        {
            for (var i = 0; i < fits / 5; i++)
                Rows.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(data);
            growth.Look($"after {(part + 1) * (fits / 5):N0}");
        }
    }

    private static void PredictOften(int predictions)
    {
        const int inputs = 64;
        var model = SmallModel(inputs);
        var (features, score) = (new float[inputs], new float[1]);
        var growth = new Growth($"{predictions:N0} predictions of one row");
        for (var part = 0; part < 5; part++)
        {
            for (var i = 0; i < predictions / 5; i++)
                model.Predict(features, score);
            growth.Look($"after {(part + 1) * (predictions / 5):N0}");
        }
    }

    private static void PredictOnManyThreads(int predictions)
    {
        const int inputs = 64, threads = 8;
        var model = SmallModel(inputs);
        float[] features = [.. Enumerable.Range(0, inputs).Select(i => MathF.Sin(i))];
        var expected = new float[1];
        model.Predict(features, expected);
        var growth = new Growth($"{predictions:N0} predictions on {threads} threads");
        var differences = 0;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => new Thread(PredictShare))];
        foreach (var thread in all)
            thread.Start();
        foreach (var thread in all)
            thread.Join();
        growth.Look($"at the end, {differences} of another result");

        void PredictShare()
        {
            var score = new float[1];
            for (var i = 0; i < predictions / threads; i++)
            {
                model.Predict(features, score);
                if (score[0] != expected[0])
                    Interlocked.Increment(ref differences);
            }
        }
    }

    private static NeuralNetworkModelParameters SmallModel(int inputs) => Rows.ML.BinaryClassification.Trainers.NeuralNetwork(
        new NeuralNetworkOptions { Network = net => net.Dense(32).BatchNorm().Relu().Dense(16).BatchNorm().Relu(), Epochs = 1, Seed = 1 })
        .Fit(Rows.Streamed(1_000, inputs)).Model;

    /// <summary>Prints what the process takes as time goes on.</summary>
    private sealed class Growth
    {
        private readonly Stopwatch clock = Stopwatch.StartNew();
        private readonly long allocatedBefore = GC.GetTotalAllocatedBytes();

        public Growth(string what) => Console.WriteLine(
            $"\n{what}\n\n| | s | heap after a collection, MB | allocated since the start, MB | working set, MB | peak, MB | threads |\n"
            + "|---|---|---|---|---|---|---|");

        public void Look(string when)
        {
            var (seconds, allocated) = (clock.Elapsed.TotalSeconds, GC.GetTotalAllocatedBytes() - allocatedBefore);
            var heap = GC.GetTotalMemory(forceFullCollection: true);
            using var process = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {when} | {seconds:F1} | {heap / 1e6:F2} | {allocated / 1e6:F1} | {process.WorkingSet64 / 1e6:F0} "
                + $"| {process.PeakWorkingSet64 / 1e6:F0} | {process.Threads.Count} |"));
        }
    }
}
