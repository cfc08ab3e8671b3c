using System.Collections.Immutable;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Transforms.Normalizing;

/// <summary>The statistics of one column.</summary>
/// <param name="Count">Values per channel, missing ones included: rows times the pixels of an image.</param>
/// <param name="Mean">Of each channel; 0 where all values are missing.</param>
/// <param name="Variance">Of each channel; 0 where all values are missing.</param>
/// <param name="Weight">Sum of the weights of each channel's values; their number where there are no weights.</param>
/// <param name="Missing">Number of missing values of each channel.</param>
internal sealed record ColumnStatistics(
    long Count, ImmutableArray<double> Mean, ImmutableArray<double> Variance, ImmutableArray<double> Weight, ImmutableArray<long> Missing)
{
    /// <summary>The exact statistics of all values in <paramref name="moments"/>.</summary>
    public static ColumnStatistics Of(ChannelMoments moments, string column, VarianceEstimate estimate) => Of(
        moments,
        channel => moments.Count(channel) == 0 ? 0 : moments.Mean(channel),
        channel => VarianceOf(moments, channel, column, estimate));

    /// <summary>The counts of <paramref name="moments"/> with statistics from elsewhere.</summary>
    public static ColumnStatistics Of(ChannelMoments moments, Func<int, double> mean, Func<int, double> variance) => new(
        moments.Count(0) + moments.Missing(0),
        PerChannel(moments, mean),
        PerChannel(moments, variance),
        PerChannel(moments, moments.Weight),
        PerChannel(moments, moments.Missing));

    /// <summary>A channel's variance; 0 if it does not vary or has no values.</summary>
    /// <exception cref="InvalidOperationException">
    /// The values are too large, or their weights too small for an unbiased variance.
    /// </exception>
    public static double VarianceOf(ChannelMoments moments, int channel, string column, VarianceEstimate estimate)
    {
        if (!moments.IsFinite(channel))
            throw new InvalidOperationException(
                $"Column '{column}' has values in channel {channel} whose squares are too large for a double. Scale them down first.");
        if (moments.SquaredDeviations(channel) == 0)
            return 0;
        if (estimate == VarianceEstimate.Biased)
            return moments.PopulationVariance(channel);
        return moments.Weight(channel) > 1
            ? moments.UnbiasedVariance(channel)
            : throw new InvalidOperationException(
                $"The weights of column '{column}', channel {channel}, sum to {moments.Weight(channel)}. The unbiased variance takes "
                + "weights as repetitions and needs a sum above 1: scale them up, "
                + $"or use {nameof(VarianceEstimate)}.{nameof(VarianceEstimate.Biased)}.");
    }

    /// <summary>The moments that these statistics came from, up to rounding. Not for moving averages.</summary>
    public ChannelMoments ToMoments(VarianceEstimate estimate)
    {
        var moments = new ChannelMoments(Mean.Length);
        for (var c = 0; c < Mean.Length; c++)
        {
            var divisor = estimate == VarianceEstimate.Biased ? Weight[c] : Weight[c] - 1;
            moments.Merge(c, Count - Missing[c], Weight[c], Mean[c], Variance[c] == 0 ? 0 : Variance[c] * divisor, Missing[c]);
        }

        return moments;
    }

    private static ImmutableArray<T> PerChannel<T>(ChannelMoments moments, Func<int, T> statistic) =>
        [.. Enumerable.Range(0, moments.Channels).Select(statistic)];
}
