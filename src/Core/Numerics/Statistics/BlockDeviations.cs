using System.Numerics;
using System.Numerics.Tensors;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Mean and M2 per channel of one block of rows, in double.</summary>
/// <remarks>
/// With a shift m near the mean, s = sum(w * (x - m)) and q = sum(w * (x - m)^2): mean = m + s / W and M2 = q - s^2 / W with W = sum(w).
/// The mean of what came before is the shift. Where it is off by so much that the subtraction could cancel, the block is read a second time
/// with its own mean, so that neither order nor magnitude of the values costs digits.
/// </remarks>
internal sealed class BlockDeviations(int channels)
{
    private readonly double[] shifts = new double[channels];
    private readonly double[] counts = new double[channels];
    private readonly double[] weights = new double[channels];
    private readonly double[] sums = new double[channels];
    private readonly double[] squares = new double[channels];
    private readonly DeviationSums plainSums = new(channels);

    public long Count(int channel) => (long)counts[channel];

    public double Weight(int channel) => weights[channel];

    public double Mean(int channel) => shifts[channel] + sums[channel] / weights[channel];

    // What rounding leaves below zero is zero.
    public double SquaredDeviations(int channel)
    {
        var m2 = squares[channel] - sums[channel] * sums[channel] / weights[channel];
        return m2 < 0 ? 0 : m2;
    }

    /// <summary>Measures a block. Missing values (NaN) are left out of their channel.</summary>
    /// <param name="rows">One value per channel and row. T is float or double.</param>
    /// <param name="rowWeights">One per row, or empty.</param>
    /// <param name="means">A guess of each mean: that of the values so far.</param>
    /// <param name="before">How many values each guess stands on; 0 for none, and then the first row is the guess.</param>
    public void Measure<T>(ReadOnlySpan<T> rows, ReadOnlySpan<float> rowWeights, ReadOnlySpan<double> means, ReadOnlySpan<long> before)
        where T : unmanaged, INumberBase<T>
    {
        for (var c = 0; c < shifts.Length; c++)
        {
            var first = double.CreateTruncating(rows[c]);
            shifts[c] = before[c] > 0 ? means[c] : double.IsFinite(first) ? first : 0;
        }

        var plain = rowWeights.IsEmpty;
        if (plain)
        {
            Accumulate(rows);
            plain = !TensorPrimitives.IsNaNAny<double>(sums);
        }

        if (!plain)
            Accumulate(rows, rowWeights);
        if (!Recenter())
            return;
        if (plain)
            Accumulate(rows);
        else
            Accumulate(rows, rowWeights);
    }

    /// <summary>Moves every shift to the mean of its block where one of them is more than a deviation away.</summary>
    private bool Recenter()
    {
        var isFar = false;
        for (var c = 0; c < shifts.Length && !isFar; c++)
            isFar = sums[c] * sums[c] > 0.5 * squares[c] * weights[c] && squares[c] > 0 && double.IsFinite(squares[c]);
        if (!isFar)
            return false;
        for (var c = 0; c < shifts.Length; c++)
            if (weights[c] > 0)
                shifts[c] += sums[c] / weights[c];
        return true;
    }

    private void Accumulate<T>(ReadOnlySpan<T> rows) where T : unmanaged, INumberBase<T>
    {
        plainSums.Measure(rows, shifts, sums, squares);
        var count = rows.Length / shifts.Length;
        counts.AsSpan().Fill(count);
        weights.AsSpan().Fill(count);
    }

    private void Accumulate<T>(ReadOnlySpan<T> rows, ReadOnlySpan<float> rowWeights) where T : unmanaged, INumberBase<T>
    {
        var stride = shifts.Length;
        var c = 0;
        for (; c <= stride - Vector<double>.Count; c += Vector<double>.Count)
        {
            var shift = new Vector<double>(shifts, c);
            var (count, total, sum, square) = (Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero);
            for (int i = c, row = 0; i < rows.Length; i += stride, row++)
            {
                var deviation = Widened.Load(rows[i..]) - shift;
                var present = Vector.Equals(deviation, deviation);
                deviation = Vector.ConditionalSelect(present, deviation, Vector<double>.Zero);
                var one = Vector.ConditionalSelect(present, Vector<double>.One, Vector<double>.Zero);
                var weight = rowWeights.IsEmpty ? one : one * (double)rowWeights[row];
                count += one;
                total += weight;
                sum += weight * deviation;
                square += weight * (deviation * deviation);
            }

            count.CopyTo(counts, c);
            total.CopyTo(weights, c);
            sum.CopyTo(sums, c);
            square.CopyTo(squares, c);
        }

        for (; c < stride; c++)
        {
            var (count, total, sum, square) = (0.0, 0.0, 0.0, 0.0);
            for (int i = c, row = 0; i < rows.Length; i += stride, row++)
            {
                var deviation = double.CreateTruncating(rows[i]) - shifts[c];
                if (double.IsNaN(deviation))
                    continue;
                double weight = rowWeights.IsEmpty ? 1 : rowWeights[row];
                count++;
                total += weight;
                sum += weight * deviation;
                square += weight * (deviation * deviation);
            }

            (counts[c], weights[c], sums[c], squares[c]) = (count, total, sum, square);
        }
    }
}
