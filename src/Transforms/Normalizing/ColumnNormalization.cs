using System.Numerics;
using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Interchange;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Transforms.Normalizing;

/// <summary>
/// y = (x - center) * scale + beta over the values of one row, where center, scale and beta belong to the channel of the value. Missing
/// values stay missing unless there is something to put in their place.
/// </summary>
internal sealed class ColumnNormalization
{
    // Long enough that the kernel's loop, not its call, takes the time; short enough for the patterns of a few channels to stay in the
    // first-level cache.
    private const int PatternLength = 256;

    // What the patterns of all planes may take together, so that a small file with many planes does not become a large model.
    private const int MostPatternValues = 256 * PatternLength;

    private readonly ChannelMap map;
    private readonly int channelsPerSegment;
    private readonly int segment;
    private readonly int period;
    private readonly double[] center;
    private readonly double[] scale;
    private readonly double[] beta;
    private readonly double[] scalePerChannel;
    private readonly double[]? missingPerChannel;

    /// <summary>
    /// Lays the values of the channels out in the order in which a row meets them: one <paramref name="center"/>, scale and beta per
    /// channel, and what comes out for missing values if they do not stay missing.
    /// </summary>
    public ColumnNormalization(ChannelMap map, ReadOnlySpan<double> center, double[] scale, ReadOnlySpan<double> beta, double[]? missing)
    {
        this.map = map;
        scalePerChannel = scale;
        missingPerChannel = missing;
        // A segment is a stretch of the row that one pattern covers by repeating itself: a plane, or else the whole row.
        segment = map.Layout == ChannelLayout.ChannelsFirst ? map.SlotsPerChannel : map.Slots;
        channelsPerSegment = map.Layout == ChannelLayout.ChannelsFirst ? 1 : map.Channels;
        var length = Math.Min(segment, Math.Clamp(MostPatternValues / map.Channels, 1, PatternLength));
        period = channelsPerSegment * Math.Max(1, (length + channelsPerSegment - 1) / channelsPerSegment);
        this.center = Patterns(center);
        this.scale = Patterns(scale);
        this.beta = Patterns(beta);
    }

    /// <summary>Normalizes one row of <typeparamref name="T"/> (float or double).</summary>
    public void Apply<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IFloatingPoint<T>
    {
        if (missingPerChannel is not null && TensorPrimitives.IsNaNAny(x))
        {
            ApplyReplacing(x, y);
            return;
        }

        ApplyAll(x, y);
    }

    /// <summary>Normalizes the explicit values of a sparse row, for a center and beta of 0, where the others stay zero.</summary>
    public void ApplySparse<T>(ReadOnlySpan<int> slots, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IFloatingPoint<T>
    {
        for (var i = 0; i < x.Length; i++)
        {
            var channel = map.ChannelOf(slots[i]);
            y[i] = missingPerChannel is not null && T.IsNaN(x[i])
                ? T.CreateTruncating(missingPerChannel[channel])
                : T.CreateTruncating(double.CreateTruncating(x[i]) * scalePerChannel[channel]);
        }
    }

    /// <summary>Adds y to a graph, which computes the same bits.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="name">For what is added.</param>
    /// <param name="x">[N, <paramref name="dimensions"/>].</param>
    /// <param name="dimensions">Those behind the batch.</param>
    /// <param name="isDouble">Whether x, and y, is of double; else of float.</param>
    public string AddTo(OnnxGraph graph, string name, string x, long[] dimensions, bool isDouble)
    {
        long[] perChannel = map.Layout switch
        {
            ChannelLayout.PerSlot => dimensions,
            ChannelLayout.ChannelsFirst => [map.Channels, 1],
            _ => [map.Channels],
        };
        var wide = isDouble ? x : graph.Cast($"{name}.wide", x, OnnxType.Double);
        if (map.Layout != ChannelLayout.PerSlot)
            wide = map.Layout == ChannelLayout.ChannelsFirst
                ? graph.Reshape($"{name}.planes", wide, 0, map.Channels, map.SlotsPerChannel)
                : graph.Reshape($"{name}.pixels", wide, 0, map.SlotsPerChannel, map.Channels);

        var centered = graph.Node("Sub", $"{name}.centered", [wide, Constant("center", PerChannel(center))]);
        var scaled = graph.Node("Mul", $"{name}.scaled", [centered, Constant("scale", scalePerChannel)]);
        var y = graph.Node("Add", $"{name}.shifted", [scaled, Constant("beta", PerChannel(beta))]);
        if (missingPerChannel is not null)
            y = graph.Node(
                "Where", $"{name}.replaced",
                [graph.Node("IsNaN", $"{name}.isMissing", [wide]), Constant("missing", missingPerChannel), y]);

        if (map.Layout != ChannelLayout.PerSlot)
            y = graph.Reshape($"{name}.asBefore", y, [0, .. dimensions]);
        return isDouble ? y : graph.Cast($"{name}.narrow", y, OnnxType.Float);

        string Constant(string role, double[] values) => graph.Constant($"{name}.{role}", values, perChannel);
    }

    private void ApplyReplacing<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IFloatingPoint<T>
    {
        // y may be x, so what is missing is found first.
        var missing = new List<int>();
        for (var slot = 0; slot < x.Length; slot++)
            if (T.IsNaN(x[slot]))
                missing.Add(slot);
        ApplyAll(x, y);
        foreach (var slot in missing)
            y[slot] = T.CreateTruncating(missingPerChannel![map.ChannelOf(slot)]);
    }

    private void ApplyAll<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IFloatingPoint<T>
    {
        for (int start = 0, pattern = 0; start < x.Length; start += segment, pattern += period)
            for (var offset = 0; offset < segment; offset += period)
            {
                var length = Math.Min(period, segment - offset);
                DoubleAffine.Apply(
                    x.Slice(start + offset, length),
                    center.AsSpan(pattern, length),
                    scale.AsSpan(pattern, length),
                    beta.AsSpan(pattern, length),
                    y.Slice(start + offset, length));
            }
    }

    private double[] Patterns(ReadOnlySpan<double> perChannel)
    {
        var patterns = new double[perChannel.Length / channelsPerSegment * period];
        for (var i = 0; i < patterns.Length; i++)
            patterns[i] = perChannel[i / period * channelsPerSegment + i % period % channelsPerSegment];
        return patterns;
    }

    /// <summary>What <see cref="Patterns"/> was made of.</summary>
    private double[] PerChannel(double[] patterns)
    {
        var perChannel = new double[map.Channels];
        for (var c = 0; c < perChannel.Length; c++)
            perChannel[c] = patterns[c / channelsPerSegment * period + c % channelsPerSegment];
        return perChannel;
    }
}
