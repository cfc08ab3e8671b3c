using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Exact mean and variance per channel of a stream of values, in double and in one pass; with weights, without what is missing, and parts
/// of a stream may be merged in any order.
/// </summary>
/// <remarks>
/// Parts are merged by the rule of Chan, Golub and LeVeque (1983), weights in place of numbers: with d = mean_b - mean_a,
/// mean = mean_a + d * w_b / (w_a + w_b) and M2 = M2_a + M2_b + d^2 * w_a * w_b / (w_a + w_b). Rows are taken in blocks, whose own mean and
/// M2 come from <see cref="BlockDeviations"/>. Instances are not safe for concurrent use.
/// </remarks>
internal sealed class ChannelMoments
{
    // Half a MB of floats: long enough that merging a block does not show beside reading it, and short enough for a second-level cache,
    // because the rare one is read again.
    private const int BlockValues = 128 * 1024;
    private const int LongestBlock = 16 * 1024;

    private readonly long[] counts;
    private readonly long[] missing;
    private readonly double[] weights;
    private readonly double[] means;
    private readonly double[] squaredDeviations;   // M2 = sum(w * (x - mean)^2)
    private readonly BlockDeviations block;
    private ChannelMomentsParts? parts;

    public ChannelMoments(int channels)
    {
        Require.Positive(channels, nameof(channels));
        counts = new long[channels];
        missing = new long[channels];
        weights = new double[channels];
        means = new double[channels];
        squaredDeviations = new double[channels];
        block = new BlockDeviations(channels);
    }

    public int Channels => means.Length;

    /// <summary>Number of values of a channel, without the missing ones.</summary>
    public long Count(int channel) => counts[channel];

    /// <summary>Number of missing values (NaN) of a channel.</summary>
    public long Missing(int channel) => missing[channel];

    /// <summary>Sum of the weights of a channel's values: without weights their number.</summary>
    public double Weight(int channel) => weights[channel];

    /// <summary>The weighted mean of a channel; NaN if it has no values yet.</summary>
    public double Mean(int channel) => counts[channel] == 0 ? double.NaN : means[channel];

    /// <summary>M2 = sum(w * (x - mean)^2); 0 if there are no values.</summary>
    public double SquaredDeviations(int channel) => squaredDeviations[channel];

    /// <summary>M2 / sum(w); NaN if there are no values.</summary>
    public double PopulationVariance(int channel) => squaredDeviations[channel] / weights[channel];

    /// <summary>
    /// M2 / (sum(w) - 1), so that a weight of 2 is the same as the value twice; NaN if the weights do not sum to more than 1.
    /// </summary>
    public double UnbiasedVariance(int channel) => weights[channel] > 1 ? squaredDeviations[channel] / (weights[channel] - 1) : double.NaN;

    /// <summary>
    /// Whether every value of the channel so far was finite or missing: an infinity makes its M2 NaN for good, as do values beyond 1e154,
    /// whose squares are too large for a double.
    /// </summary>
    public bool IsFinite(int channel) => double.IsFinite(means[channel]) && double.IsFinite(squaredDeviations[channel]);

    /// <summary>
    /// Adds rows of one value per channel; NaN is counted as missing. T is float or double. Many rows are shared by several threads, with
    /// the same result to the last bit for every number of them.
    /// </summary>
    /// <param name="rows">Channels last.</param>
    /// <param name="rowWeights">One per row, positive; empty if every row counts the same.</param>
    public void Add<T>(ReadOnlySpan<T> rows, ReadOnlySpan<float> rowWeights = default) where T : unmanaged, INumberBase<T>
    {
        if (rows.Length % Channels != 0)
            throw new ArgumentException($"Rows of {Channels} channels were expected, got {rows.Length} values.", nameof(rows));
        if (!rowWeights.IsEmpty && rowWeights.Length != rows.Length / Channels)
            throw new ArgumentException($"{rows.Length / Channels} weights were expected, got {rowWeights.Length}.", nameof(rowWeights));
        if (rows.Length >= ChannelMomentsParts.WorthCutting)
            (parts ??= new ChannelMomentsParts(Channels)).AddTo(this, rows, rowWeights);
        else
            AddInOrder(rows, rowWeights);
    }

    /// <summary>As <see cref="Add{T}(ReadOnlySpan{T}, ReadOnlySpan{float})"/>, all on the calling thread.</summary>
    public void AddInOrder<T>(ReadOnlySpan<T> rows, ReadOnlySpan<float> rowWeights) where T : unmanaged, INumberBase<T>
    {
        var longest = Math.Clamp(BlockValues / Channels, 1, LongestBlock);
        while (!rows.IsEmpty)
        {
            var count = Math.Min(longest, rows.Length / Channels);
            AddBlock(rows[..(count * Channels)], rowWeights.IsEmpty ? [] : rowWeights[..count]);
            rows = rows[(count * Channels)..];
            rowWeights = rowWeights.IsEmpty ? [] : rowWeights[count..];
        }
    }

    /// <summary>Adds one value to one channel; NaN is counted as missing.</summary>
    public void Add(int channel, double value, double weight)
    {
        if (double.IsNaN(value))
            missing[channel]++;
        else
            Merge(channel, 1, weight, value, 0);
    }

    /// <summary>Adds a group of values of which only this much is known; a group of none is ignored.</summary>
    public void Merge(int channel, long count, double weight, double mean, double squaredDeviation, long missingCount = 0)
    {
        missing[channel] += missingCount;
        if (count == 0 || weight == 0)
            return;
        var before = weights[channel];
        var total = before + weight;
        var share = weight / total;
        var delta = mean - means[channel];
        // From the larger part's mean, so that the correction is the small one.
        means[channel] = share <= 0.5 ? means[channel] + delta * share : mean - delta * (1 - share);
        squaredDeviations[channel] += squaredDeviation + delta * delta * (before * share);
        weights[channel] = total;
        counts[channel] += count;
    }

    /// <summary>Adds all that <paramref name="other"/> has seen; that one keeps its values.</summary>
    public void Merge(ChannelMoments other)
    {
        if (other.Channels != Channels)
            throw new ArgumentException(
                $"Moments of {other.Channels} channels cannot be merged into moments of {Channels}.", nameof(other));
        for (var c = 0; c < Channels; c++)
            Merge(c, other.counts[c], other.weights[c], other.means[c], other.squaredDeviations[c], other.missing[c]);
    }

    /// <summary>Forgets all values.</summary>
    public void Clear()
    {
        counts.AsSpan().Clear();
        missing.AsSpan().Clear();
        weights.AsSpan().Clear();
        means.AsSpan().Clear();
        squaredDeviations.AsSpan().Clear();
    }

    private void AddBlock<T>(ReadOnlySpan<T> rows, ReadOnlySpan<float> rowWeights) where T : unmanaged, INumberBase<T>
    {
        var count = rows.Length / Channels;
        block.Measure(rows, rowWeights, means, counts);
        for (var c = 0; c < Channels; c++)
            Merge(c, block.Count(c), block.Weight(c), block.Mean(c), block.SquaredDeviations(c), count - block.Count(c));
    }
}
