using System.Globalization;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Benchmarks.Workloads;

namespace MLNet.BatchNorm.Benchmarks.Comparing;

/// <summary>
/// Measures ours and the peers by turns in one run, so that both meet the same machine, and prints a Markdown table of ratios. A pass in
/// which two threads do not get twice the
/// arithmetic of one is taken again: virtual processors are at times only one real one.
/// </summary>
internal static class PeerComparison
{
    private const double LeastPeakRatio = 1.8;
    private const int MostRetries = 10;

    public static void Run(DirectoryInfo folder, int threads, IReadOnlyList<Workload> workloads, int passes)
    {
        var scripts = new PeerScripts(folder);
        var timing = new Timing(threads, Repeats: 5);
        NumericsThreads.Max = threads;
        Console.WriteLine($"{Machine.Description}, {threads} thread(s), {passes} passes");
        Console.WriteLine();
        Console.WriteLine("| work | unit | ours | best peer | ratio | peer and configuration |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var workload in workloads)
        {
            var figures = new List<Measurement>();
            for (var pass = 0; pass < passes; pass++)
                figures.AddRange(OnQuietMachine(scripts, threads, () => [.. workload.Run(timing), .. scripts.Run(workload.Name, threads)]));
            foreach (var comparison in Comparison.All.Where(c => c.WorkloadName == workload.Name))
                Print(comparison, figures);
        }
    }

    private static List<Measurement> OnQuietMachine(PeerScripts scripts, int threads, Func<List<Measurement>> measure)
    {
        for (var attempt = 0; ; attempt++)
        {
            var before = PeakRatio(scripts, threads);
            var figures = measure();
            if (Math.Min(before, PeakRatio(scripts, threads)) >= LeastPeakRatio || attempt == MostRetries)
                return figures;
            Console.Error.WriteLine("pass discarded: two threads do not get twice the arithmetic of one");
        }
    }

    private static double PeakRatio(PeerScripts scripts, int threads) =>
        threads == 1 ? double.PositiveInfinity : (scripts.FmaPeak(2) / scripts.FmaPeak(1)) ?? double.PositiveInfinity;

    private static void Print(Comparison comparison, List<Measurement> figures)
    {
        var ours = figures.Where(comparison.IsOurs).ToArray();
        var peers = figures.Where(comparison.IsPeers).GroupBy(figure => (figure.Peer, figure.Workload, figure.Config));
        var unit = ours[0].Unit;
        var mine = Median(ours);
        var best = peers.Select(peer => (peer.Key, Value: Median(peer)))
            .OrderBy(peer => Comparison.Ratio(mine, peer.Value, unit))
            .FirstOrDefault();
        Console.WriteLine(best.Key.Peer is null
            ? $"| {comparison.Workload} | {unit} | {Figure(mine)} | not measured | | |"
            : $"| {comparison.Workload} | {unit} | {Figure(mine)} | {Figure(best.Value)} | "
            + string.Create(CultureInfo.InvariantCulture, $"{Comparison.Ratio(mine, best.Value, unit):F2}")
            + $" | {best.Key.Peer} {best.Key.Workload} {best.Key.Config} |");
    }

    private static double Median(IEnumerable<Measurement> figures)
    {
        var values = figures.Select(figure => figure.Value).Order().ToArray();
        return values[values.Length / 2];
    }

    private static string Figure(double value) => value.ToString(value >= 100 ? "N0" : "N2", CultureInfo.InvariantCulture);
}
