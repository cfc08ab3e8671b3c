using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>W11: mean and variance of each column of a matrix in memory.</summary>
internal static class StatisticsWorkloads
{
    private const int Rows = 1_000_000, Columns = 64;

    public static IEnumerable<Measurement> RunningStatistics(Timing timing)
    {
        var matrix = Aligned.Copy(PeerData.Uniform(Rows * Columns, PeerData.StatisticsMatrix));
        CheckMoments(Moments(matrix), matrix.Span);
        var seconds = timing.Measure(() => Moments(matrix));
        yield return Measurement.Of(
            "running_stats", "rows_per_s", "rows/s", timing, seconds, s => Rows / s, new Work(Limit.Read, sizeof(float) * Columns));
        const double bytes = sizeof(float) * (double)Rows * Columns;
        yield return Measurement.Of("running_stats", "bandwidth", "GB/s", timing, seconds, s => bytes / s / 1e9);
    }

    private static ChannelMoments Moments(AlignedBuffer matrix)
    {
        var moments = new ChannelMoments(Columns);
        moments.Add<float>(matrix.Span);
        return moments;
    }

    private static void CheckMoments(ChannelMoments moments, ReadOnlySpan<float> matrix)
    {
        for (var c = 0; c < Columns; c++)
        {
            double mean = 0, variance = 0;
            for (var i = c; i < matrix.Length; i += Columns)
                mean += matrix[i];
            mean /= Rows;
            for (var i = c; i < matrix.Length; i += Columns)
                variance += (matrix[i] - mean) * (matrix[i] - mean);
            Check.Agree("mean", moments.Mean(c) + 1, mean + 1, 1e-12);
            Check.Agree("variance", moments.PopulationVariance(c), variance / Rows, 1e-12);
        }
    }
}
