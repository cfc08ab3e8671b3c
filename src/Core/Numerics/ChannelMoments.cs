using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Exact mean and variance per channel of a stream of values, in double and in one pass; parts of a stream may be merged.
/// </summary>
/// <remarks>
/// Values are taken in blocks. Within a block, s = sum(x - m) and q = sum((x - m)^2) with m = the mean of the n values before it. With b
/// values in the block, mean = m + s / (n + b) and M2 += q - s^2 / (n + b): the rule of Chan, Golub and LeVeque (1983) with the block taken
/// relative to m. A block is never longer than what came before it, so s^2 / (n + b) is at most q / 2 and nothing cancels, whatever the
/// mean and the order are. Instances are not safe for concurrent use: give each thread its own and merge them.
/// </remarks>
internal sealed class ChannelMoments
{
    // Long enough that folding a block in costs nothing, short enough that its sums keep their digits.
    private const int LongestBlock = 1024;

    private readonly double[] means;
    private readonly double[] squaredDeviations;   // M2 = sum((x - mean)^2)
    private readonly double[] sums;
    private readonly double[] squares;
    private long folded;
    private int pending;

    public ChannelMoments(int channels)
    {
        Require.Positive(channels, nameof(channels));
        means = new double[channels];
        squaredDeviations = new double[channels];
        sums = new double[channels];
        squares = new double[channels];
    }

    public int Channels => means.Length;

    /// <summary>Number of values per channel.</summary>
    public long Count => folded + pending;

    private int Room => (int)Math.Clamp(folded, 1, LongestBlock) - pending;

    /// <summary>Adds all that <paramref name="other"/> has seen; that one keeps its values.</summary>
    public void Merge(ChannelMoments other)
    {
        if (other.Channels != Channels)
            throw new ArgumentException(
                $"Moments of {other.Channels} channels cannot be merged into moments of {Channels}.", nameof(other));
        other.FoldBlock();
        FoldBlock();
        if (other.folded == 0)
            return;
        var total = folded + other.folded;
        var share = (double)other.folded / total;
        for (var c = 0; c < means.Length; c++)
        {
            var delta = other.means[c] - means[c];
            // From the larger part's mean, so that the correction is the small one.
            means[c] = share <= 0.5 ? means[c] + delta * share : other.means[c] - delta * (1 - share);
            squaredDeviations[c] += other.squaredDeviations[c] + delta * delta * (folded * share);
        }

        folded = total;
    }

    /// <summary>The mean of a channel; NaN if it has no values yet, NaN or infinite if one of them was.</summary>
    public double Mean(int channel)
    {
        FoldBlock();
        return folded == 0 ? double.NaN : means[channel];
    }

    /// <summary>sum((x - mean)^2) / n; NaN if there are no values.</summary>
    public double PopulationVariance(int channel)
    {
        FoldBlock();
        return squaredDeviations[channel] / folded;
    }

    /// <summary>sum((x - mean)^2) / (n - 1); NaN if there are fewer than two values.</summary>
    public double UnbiasedVariance(int channel)
    {
        FoldBlock();
        return folded < 2 ? double.NaN : squaredDeviations[channel] / (folded - 1);
    }

    /// <summary>
    /// Whether every value of the channel so far was finite: one NaN or infinity makes its M2 NaN for good, as do values beyond 1e154,
    /// whose squares are too large for a double.
    /// </summary>
    public bool IsFinite(int channel)
    {
        FoldBlock();
        return double.IsFinite(means[channel]) && double.IsFinite(squaredDeviations[channel]);
    }

    /// <summary>Adds rows of one value per channel. T is float or double.</summary>
    public void Add<T>(ReadOnlySpan<T> rows) where T : unmanaged, INumberBase<T>
    {
        if (rows.Length % Channels != 0)
            throw new ArgumentException($"Rows of {Channels} channels were expected, got {rows.Length} values.", nameof(rows));
        if (Channels == 1)
        {
            AddPlanes(rows, rows.Length);
            return;
        }

        while (!rows.IsEmpty)
        {
            var count = Math.Min(Room, rows.Length / Channels);
            AccumulateRows(rows[..(count * Channels)]);
            Advance(count);
            rows = rows[(count * Channels)..];
        }
    }

    /// <summary>Adds one image stored channels first: <see cref="Channels"/> planes of <paramref name="pixels"/> values each. T is float or double.</summary>
    public void AddPlanes<T>(ReadOnlySpan<T> image, int pixels) where T : unmanaged, INumberBase<T>
    {
        if (image.Length != (long)pixels * Channels)
            throw new ArgumentException($"{Channels} planes of {pixels} values were expected, got {image.Length} values.", nameof(image));
        for (var start = 0; start < pixels;)
        {
            var count = Math.Min(Room, pixels - start);
            for (var c = 0; c < Channels; c++)
                AccumulatePlane(image.Slice(c * pixels + start, count), c);
            Advance(count);
            start += count;
        }
    }

    private void AccumulateRows<T>(ReadOnlySpan<T> rows) where T : unmanaged, INumberBase<T>
    {
        var c = 0;
        for (; c <= Channels - Vector<double>.Count; c += Vector<double>.Count)
        {
            var mean = new Vector<double>(means, c);
            var sum = new Vector<double>(sums, c);
            var square = new Vector<double>(squares, c);
            for (var i = c; i < rows.Length; i += Channels)
            {
                var deviation = Widened.Load(rows[i..]) - mean;
                sum += deviation;
                square += deviation * deviation;
            }

            sum.CopyTo(sums, c);
            square.CopyTo(squares, c);
        }

        for (; c < Channels; c++)
            for (var i = c; i < rows.Length; i += Channels)
            {
                var deviation = double.CreateTruncating(rows[i]) - means[c];
                sums[c] += deviation;
                squares[c] += deviation * deviation;
            }
    }

    private void AccumulatePlane<T>(ReadOnlySpan<T> values, int channel) where T : unmanaged, INumberBase<T>
    {
        var mean = means[channel];
        var sum = Vector<double>.Zero;
        var square = Vector<double>.Zero;
        var i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var deviation = Widened.Load(values[i..]) - new Vector<double>(mean);
            sum += deviation;
            square += deviation * deviation;
        }

        sums[channel] += Vector.Sum(sum);
        squares[channel] += Vector.Sum(square);
        for (; i < values.Length; i++)
        {
            var deviation = double.CreateTruncating(values[i]) - mean;
            sums[channel] += deviation;
            squares[channel] += deviation * deviation;
        }
    }

    private void Advance(int count)
    {
        pending += count;
        if (Room == 0)
            FoldBlock();
    }

    private void FoldBlock()
    {
        if (pending == 0)
            return;
        double total = folded + pending;
        for (var c = 0; c < means.Length; c++)
        {
            var shift = sums[c] / total;
            squaredDeviations[c] += squares[c] - sums[c] * shift;
            means[c] += shift;
        }

        Array.Clear(sums);
        Array.Clear(squares);
        folded += pending;
        pending = 0;
    }
}
