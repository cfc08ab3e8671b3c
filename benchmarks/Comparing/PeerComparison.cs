using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Benchmarks.Workloads;

namespace MLNet.BatchNorm.Benchmarks.Comparing;

/// <summary>
/// Measures ours and the peers by turns in one run, so that both meet the same machine, and prints a Markdown table of ratios and of shares
/// of the machine's limits. A pass in which two threads do not get twice the arithmetic of one is taken again: virtual processors are at
/// times only one real one.
/// </summary>
internal static class PeerComparison
{
    private const double LeastPeakRatio = 1.8;
    private const int MostRetries = 10;

    /// <summary>How often ours and the peers repeat each measurement within a round.</summary>
    public const int RepeatsOfRound = 3;

    public static void Run(DirectoryInfo folder, int threads, IReadOnlyList<Workload> workloads, int passes)
    {
        var scripts = new PeerScripts(folder);
        var core = scripts.OpenBlasCore(threads);
        OpenBlasKernels.RequireFair(core);
        NumericsThreads.Max = threads;
        Console.WriteLine($"{Machine.Description}, {threads} thread(s), {passes} passes");
        Console.WriteLine($"{MachineLimits.Measure(threads)}; kernels of the peers' OpenBLAS: {core ?? "not known"}");
        Console.WriteLine();
        Console.WriteLine(ComparisonRow.Head);
        foreach (var workload in workloads)
        {
            Round[] rounds = [.. Enumerable.Range(0, passes).Select(_ => OnQuietMachine(scripts, workload, threads))];
            foreach (var comparison in Comparison.All.Where(c => c.WorkloadName == workload.Name))
                Console.WriteLine(new ComparisonRow(comparison, rounds));
        }
    }

    private static Round OnQuietMachine(PeerScripts scripts, Workload workload, int threads)
    {
        var timing = new Timing(threads, RepeatsOfRound);
        for (var attempt = 0; ; attempt++)
        {
            var before = PeakRatio(threads);
            var limits = MachineLimits.Measure(threads);
            var round = new Round(
                limits, [.. workload.Run(timing), .. OnnxRuntimePeer.Run(workload.Name, timing), .. scripts.Run(workload.Name, threads)]);
            if (Math.Min(before, PeakRatio(threads)) >= LeastPeakRatio)
                return round;
            if (attempt == MostRetries)
            {
                Console.Error.WriteLine("pass kept, although two threads do not get twice the arithmetic of one");
                return round;
            }

            Console.Error.WriteLine("pass discarded: two threads do not get twice the arithmetic of one");
        }
    }

    private static double PeakRatio(int threads) =>
        threads == 1 ? double.PositiveInfinity : MachineLimits.MultiplyAddPeak(2) / MachineLimits.MultiplyAddPeak(1);
}
