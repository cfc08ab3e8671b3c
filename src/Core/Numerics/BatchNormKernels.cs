using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Batch normalization of a matrix rows x channels (Ioffe and Szegedy, 2015, arXiv:1502.03167). The number of channels is the length of the
/// per-channel spans. <c>y</c> may be <c>x</c>, and <c>dx</c> may be <c>dy</c>.
/// </summary>
internal static class BatchNormKernels
{
    // Rows that are worked on together: small enough to stay in cache between two passes and to sum in float32 without losing digits.
    private const int BlockRows = 128;

    /// <summary>
    /// mean = sum(x) / rows and squaredDeviations = sum((x - mean)^2) per channel. Two passes over a block of rows in float32; blocks are
    /// merged in double by the rule of Chan, Golub and LeVeque (1983). Not E[x^2] - E[x]^2: that loses all digits when the mean is large.
    /// </summary>
    public static void Moments(ReadOnlySpan<float> x, Span<double> mean, Span<double> squaredDeviations)
    {
        var channels = mean.Length;
        var rows = x.Length / channels;
        mean.Clear();
        squaredDeviations.Clear();
        for (var start = 0; start < rows; start += BlockRows)
        {
            var count = Math.Min(BlockRows, rows - start);
            var block = x.Slice(start * channels, count * channels);
            for (var c = 0; c < channels; c += Vector<float>.Count)
                MergeBlock(block, c, start, count, mean, squaredDeviations);
        }
    }

    /// <summary>y = (x - mean) * scale + beta with scale = gamma / sqrt(variance + epsilon).</summary>
    /// <remarks>Not x * scale + (beta - mean * scale): where |mean| is many standard deviations, that cancels.</remarks>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<float> y)
    {
        var channels = mean.Length;
        for (var row = 0; row < x.Length; row += channels)
        {
            var input = x.Slice(row, channels);
            var output = y.Slice(row, channels);
            for (var c = 0; c < channels; c += Vector<float>.Count)
            {
                var scale = RowVector.Load(gamma, c) * RowVector.Load(inverseStdDev, c);
                RowVector.Store((RowVector.Load(input, c) - RowVector.Load(mean, c)) * scale + RowVector.Load(beta, c), output, c);
            }
        }
    }

    /// <summary>y = x * scale + shift: inference, where the running statistics and gamma and beta are one affine map per channel.</summary>
    public static void Affine(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Span<float> y)
    {
        var channels = scale.Length;
        for (var row = 0; row < x.Length; row += channels)
        {
            var input = x.Slice(row, channels);
            var output = y.Slice(row, channels);
            for (var c = 0; c < channels; c += Vector<float>.Count)
                RowVector.Store(RowVector.Load(input, c) * RowVector.Load(scale, c) + RowVector.Load(shift, c), output, c);
        }
    }

    /// <summary>dBeta = sum(dy) and dGamma = sum(dy * xHat), with xHat = (x - mean) * inverseStdDev.</summary>
    public static void BackwardParameters(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev,
        Span<float> dGamma, Span<float> dBeta)
    {
        var channels = mean.Length;
        var rows = x.Length / channels;
        dGamma.Clear();
        dBeta.Clear();
        for (var start = 0; start < rows; start += BlockRows)
            for (var c = 0; c < channels; c += Vector<float>.Count)
            {
                var center = RowVector.Load(mean, c);
                var sum = Vector<float>.Zero;
                var product = Vector<float>.Zero;
                var end = Math.Min(start + BlockRows, rows) * channels;
                for (var row = start * channels; row < end; row += channels)
                {
                    var gradient = RowVector.Load(dy.Slice(row, channels), c);
                    sum += gradient;
                    product += gradient * (RowVector.Load(x.Slice(row, channels), c) - center);
                }

                RowVector.Store(RowVector.Load(dBeta, c) + sum, dBeta, c);
                RowVector.Store(RowVector.Load(dGamma, c) + product * RowVector.Load(inverseStdDev, c), dGamma, c);
            }
    }

    /// <summary>
    /// dx = gamma * inverseStdDev * (dy - mean(dy) - xHat * mean(dy * xHat)): the exact gradient, through the batch statistics.
    /// The two means are dBeta / rows and dGamma / rows as <see cref="BackwardParameters"/> left them.
    /// </summary>
    public static void BackwardInput(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> dGamma, ReadOnlySpan<float> dBeta, Span<float> dx)
    {
        var channels = mean.Length;
        var rows = x.Length / channels;
        var perRow = new Vector<float>(1f / rows);
        for (var start = 0; start < rows; start += BlockRows)
            for (var c = 0; c < channels; c += Vector<float>.Count)
            {
                var center = RowVector.Load(mean, c);
                var inverse = RowVector.Load(inverseStdDev, c);
                var scale = RowVector.Load(gamma, c) * inverse;
                var meanGradient = RowVector.Load(dBeta, c) * perRow;
                var slope = inverse * RowVector.Load(dGamma, c) * perRow;
                var end = Math.Min(start + BlockRows, rows) * channels;
                for (var row = start * channels; row < end; row += channels)
                {
                    var deviation = RowVector.Load(x.Slice(row, channels), c) - center;
                    var gradient = RowVector.Load(dy.Slice(row, channels), c);
                    RowVector.Store(scale * (gradient - meanGradient - deviation * slope), dx.Slice(row, channels), c);
                }
            }
    }

    private static void MergeBlock(
        ReadOnlySpan<float> block, int channel, int before, int count, Span<double> mean, Span<double> squaredDeviations)
    {
        var channels = mean.Length;
        var sum = Vector<float>.Zero;
        for (var row = 0; row < block.Length; row += channels)
            sum += RowVector.Load(block.Slice(row, channels), channel);
        var center = sum / new Vector<float>(count);

        // The center is rounded, so the deviations do not quite sum to zero; what is left corrects both moments.
        var rest = Vector<float>.Zero;
        var squares = Vector<float>.Zero;
        for (var row = 0; row < block.Length; row += channels)
        {
            var deviation = RowVector.Load(block.Slice(row, channels), channel) - center;
            rest += deviation;
            squares += deviation * deviation;
        }

        var total = (double)before + count;
        for (var lane = 0; lane < Vector<float>.Count && channel + lane < channels; lane++)
        {
            var c = channel + lane;
            var blockMean = center[lane] + (double)rest[lane] / count;
            var blockDeviations = squares[lane] - (double)rest[lane] * rest[lane] / count;
            var delta = blockMean - mean[c];
            mean[c] += delta * (count / total);
            squaredDeviations[c] += blockDeviations + delta * delta * (before * (count / total));
        }
    }
}
