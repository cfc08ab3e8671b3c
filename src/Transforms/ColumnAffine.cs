using System.Numerics;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Transforms;

/// <summary>y = (x - mean) * scale + beta over the values of one row, where mean, scale and beta belong to the channel of the value.</summary>
internal sealed class ColumnAffine
{
    // Long enough that the kernel's loop, not its call, takes the time; short enough for the patterns of a few channels to stay in the first-level cache.
    private const int ShortestPattern = 256;

    private readonly int segment;
    private readonly int period;
    private readonly double[] mean;
    private readonly double[] scale;
    private readonly double[] beta;

    /// <summary>Lays the values of the channels out in the order in which a row meets them: one <paramref name="mean"/>, scale and beta per channel.</summary>
    public ColumnAffine(ChannelMap map, ReadOnlySpan<double> mean, ReadOnlySpan<double> scale, ReadOnlySpan<double> beta)
    {
        // A segment is a stretch of the row that one pattern covers by repeating itself: a plane, or else the whole row.
        segment = map.Layout == ChannelLayout.ChannelsFirst ? map.SlotsPerChannel : map.Slots;
        var channelsPerSegment = map.Layout == ChannelLayout.ChannelsFirst ? 1 : map.Channels;
        period = channelsPerSegment * Math.Max(1, (Math.Min(segment, ShortestPattern) + channelsPerSegment - 1) / channelsPerSegment);
        this.mean = Patterns(mean, channelsPerSegment);
        this.scale = Patterns(scale, channelsPerSegment);
        this.beta = Patterns(beta, channelsPerSegment);
    }

    /// <summary>Normalizes one row of <typeparamref name="T"/> (float or double).</summary>
    public void Apply<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IFloatingPoint<T>
    {
        for (int start = 0, pattern = 0; start < x.Length; start += segment, pattern += period)
            for (var offset = 0; offset < segment; offset += period)
            {
                var length = Math.Min(period, segment - offset);
                DoubleAffine.Apply(
                    x.Slice(start + offset, length),
                    mean.AsSpan(pattern, length),
                    scale.AsSpan(pattern, length),
                    beta.AsSpan(pattern, length),
                    y.Slice(start + offset, length));
            }
    }

    private double[] Patterns(ReadOnlySpan<double> perChannel, int channelsPerSegment)
    {
        var patterns = new double[perChannel.Length / channelsPerSegment * period];
        for (var i = 0; i < patterns.Length; i++)
            patterns[i] = perChannel[i / period * channelsPerSegment + i % period % channelsPerSegment];
        return patterns;
    }
}
