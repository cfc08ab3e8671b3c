using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Batch normalization whose statistics weigh every row, where a row is an example of one or more pixels x channels. What is not here is
/// as in <see cref="BatchNormKernels"/>.
/// </summary>
internal static class WeightedBatchNormKernels
{
    /// <summary>
    /// mean = sum(w * x) / sum(w) and squaredDeviations = sum(w * (x - mean)^2) per channel over rows and pixels, in two passes and in
    /// double.
    /// </summary>
    public static void Moments(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, Span<double> mean, Span<double> squaredDeviations)
    {
        var channels = mean.Length;
        var rowSize = RowSize(x, weights, channels);
        SpanLength.Require(squaredDeviations, channels);
        mean.Clear();
        squaredDeviations.Clear();
        var total = 0.0;
        for (var row = 0; row < weights.Length; row++)
        {
            total += weights[row];
            for (var start = row * rowSize; start < (row + 1) * rowSize; start += channels)
                for (var c = 0; c < channels; c++)
                    mean[c] += (double)weights[row] * x[start + c];
        }

        var perWeight = 1 / (total * (rowSize / channels));
        for (var c = 0; c < channels; c++)
            mean[c] *= perWeight;
        for (var row = 0; row < weights.Length; row++)
            for (var start = row * rowSize; start < (row + 1) * rowSize; start += channels)
                for (var c = 0; c < channels; c++)
                {
                    var deviation = x[start + c] - mean[c];
                    squaredDeviations[c] += weights[row] * deviation * deviation;
                }
    }

    /// <summary>
    /// dx = gamma * inverseStdDev * (dy - p * (dBeta + xHat * dGamma)) with p = w / sum(w), the share of the row in the statistics; dBeta
    /// and dGamma as <see cref="BatchNormKernels.BackwardParameters"/> left them. Equal weights make p = 1 / rows.
    /// </summary>
    public static void BackwardInput(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> weights, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> inverseStdDev, ReadOnlySpan<float> gamma, ReadOnlySpan<float> dGamma, ReadOnlySpan<float> dBeta, Span<float> dx)
    {
        var channels = mean.Length;
        var rowSize = RowSize(x, weights, channels);
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(inverseStdDev, channels);
        SpanLength.Require(gamma, channels);
        SpanLength.Require(dGamma, channels);
        SpanLength.Require(dBeta, channels);
        SpanLength.Require(dx, x.Length);
        var total = 0.0;
        foreach (var weight in weights)
            total += weight;
        total *= rowSize / channels;
        for (var start = 0; start < x.Length; start += channels)
        {
            var share = new Vector<float>((float)(weights[start / rowSize] / total));
            for (var c = 0; c < channels; c += Vector<float>.Count)
            {
                var inverse = RowVector.Load(inverseStdDev, c);
                var normalized = (RowVector.Load(x.Slice(start, channels), c) - RowVector.Load(mean, c)) * inverse;
                var through = RowVector.Load(dBeta, c) + normalized * RowVector.Load(dGamma, c);
                RowVector.Store(
                    RowVector.Load(gamma, c) * inverse * (RowVector.Load(dy.Slice(start, channels), c) - share * through),
                    dx.Slice(start, channels), c);
            }
        }
    }
    /// <summary>Values of one example.</summary>
    private static int RowSize(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, int channels)
    {
        SpanLength.RequireRows(x, channels);
        SpanLength.RequireRows(x, channels * weights.Length);
        return x.Length / weights.Length;
    }
}
