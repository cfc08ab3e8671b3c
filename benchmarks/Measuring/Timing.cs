using System.Diagnostics;

namespace MLNet.BatchNorm.Benchmarks.Measuring;

/// <summary>How long and how often is measured.</summary>
/// <param name="Threads">Threads that one call may use.</param>
/// <param name="Repeats">Number of times taken; the median counts.</param>
/// <param name="MinSeconds">Each repeat makes enough calls to last this long.</param>
internal sealed record Timing(int Threads, int Repeats = 9, double MinSeconds = 0.25)
{
    // The JIT compiles hot methods again in the background: no repeat before that is over.
    private const double WarmUpSeconds = 0.5;

    /// <summary>Seconds per call of <paramref name="work"/>, one for each repeat.</summary>
    public double[] Measure(Action work)
    {
        var warmUp = Stopwatch.StartNew();
        var calls = 0L;
        do
        {
            work();
            calls++;
        }
        while (warmUp.Elapsed.TotalSeconds < WarmUpSeconds);

        var perRepeat = Math.Max(1, (long)(MinSeconds / (warmUp.Elapsed.TotalSeconds / calls)));
        perRepeat = Math.Max(1, (long)(MinSeconds / Time(work, perRepeat)));
        return [.. Enumerable.Range(0, Repeats).Select(_ => Time(work, perRepeat))];
    }

    private static double Time(Action work, long calls)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0L; i < calls; i++)
            work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds / calls;
    }
}
