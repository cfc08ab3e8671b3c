using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>One example as pixels x channels, the channels in groups of equal width that lie side by side.</summary>
internal readonly record struct GroupLayout(int Pixels, int Channels, int Groups)
{
    /// <summary>Channels per group.</summary>
    public int Width => Channels / Groups;

    /// <summary>Values of one example.</summary>
    public int Size => Pixels * Channels;

    /// <summary>Values of one group of one example.</summary>
    public int GroupSize => Pixels * Width;
}

/// <summary>
/// Normalization of every group of every example by itself (Wu and He, 2018, arXiv:1803.08494). mean and inverseStdDev have one element per
/// example and group; gamma, beta and their gradients one per channel. <c>y</c> may be <c>x</c>, and <c>dx</c> may be <c>dy</c>.
/// </summary>
internal static class GroupNormKernels
{
    /// <summary>
    /// y = gamma * xHat + beta with xHat = (x - mean) * inverseStdDev and inverseStdDev = 1 / sqrt(variance + epsilon), the variance
    /// biased.
    /// </summary>
    public static void Forward(
        ReadOnlySpan<float> x, GroupLayout layout, float epsilon, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta,
        Span<float> mean, Span<float> inverseStdDev, Span<float> y)
    {
        var channels = layout.Channels;
        RequireLengths(x, layout, mean, inverseStdDev);
        SpanLength.Require(gamma, channels);
        SpanLength.Require(beta, channels);
        SpanLength.Require(y, x.Length);
        var scratch = ArrayPool<float>.Shared.Rent(3 * channels);
        var center = scratch.AsSpan(0, channels);
        var scale = scratch.AsSpan(channels, channels);
        for (int start = 0, group = 0; start < x.Length; start += layout.Size, group += layout.Groups)
        {
            var input = x.Slice(start, layout.Size);
            var means = mean.Slice(group, layout.Groups);
            var inverses = inverseStdDev.Slice(group, layout.Groups);
            Statistics(input, layout, epsilon, means, inverses, scratch);
            Spread(means, center);
            Spread(inverses, scale);
            TensorPrimitives.Multiply(scale, gamma, scale);
            for (var pixel = 0; pixel < layout.Size; pixel += channels)
            {
                var from = input.Slice(pixel, channels);
                var to = y.Slice(start + pixel, channels);
                for (var c = 0; c < channels; c += Vector<float>.Count)
                    RowVector.Store(
                        (RowVector.Load(from, c) - RowVector.Load(center, c)) * RowVector.Load(scale, c) + RowVector.Load(beta, c), to, c);
            }
        }

        ArrayPool<float>.Shared.Return(scratch);
    }

    /// <summary>
    /// dBeta = sum(dy) and dGamma = sum(dy * xHat) over examples and pixels. With g = gamma * dy and means over the group, unless
    /// <paramref name="dx"/> is empty, dx = inverseStdDev * (g - mean(g) - xHat * mean(g * xHat)).
    /// </summary>
    public static void Backward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, GroupLayout layout, ReadOnlySpan<float> gamma, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> inverseStdDev, Span<float> dGamma, Span<float> dBeta, Span<float> dx)
    {
        var channels = layout.Channels;
        RequireLengths(x, layout, mean, inverseStdDev);
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(gamma, channels);
        SpanLength.Require(dGamma, channels);
        SpanLength.Require(dBeta, channels);
        if (!dx.IsEmpty)
            SpanLength.Require(dx, x.Length);
        var scratch = ArrayPool<float>.Shared.Rent(4 * channels);
        var center = scratch.AsSpan(0, channels);
        var inverse = scratch.AsSpan(channels, channels);
        var sum = scratch.AsSpan(2 * channels, channels);
        var product = scratch.AsSpan(3 * channels, channels);
        dGamma.Clear();
        dBeta.Clear();
        for (int start = 0, group = 0; start < x.Length; start += layout.Size, group += layout.Groups)
        {
            var input = x.Slice(start, layout.Size);
            var upstream = dy.Slice(start, layout.Size);
            Spread(mean.Slice(group, layout.Groups), center);
            Spread(inverseStdDev.Slice(group, layout.Groups), inverse);
            ChannelSums(input, upstream, center, inverse, sum, product);
            TensorPrimitives.Add(dBeta, sum, dBeta);
            TensorPrimitives.Add(dGamma, product, dGamma);
            if (dx.IsEmpty)
                continue;
            SpreadGroupMeans(sum, gamma, layout);
            SpreadGroupMeans(product, gamma, layout);
            BackwardInput(input, upstream, gamma, center, inverse, sum, product, dx.Slice(start, layout.Size));
        }

        ArrayPool<float>.Shared.Return(scratch);
    }

    private static void RequireLengths(
        ReadOnlySpan<float> x, GroupLayout layout, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev)
    {
        SpanLength.RequireRows(x, layout.Size);
        SpanLength.Require(mean, x.Length / layout.Size * layout.Groups);
        SpanLength.Require(inverseStdDev, mean.Length);
    }

    // Two passes: E[x^2] - E[x]^2 loses all digits when the mean is large.
    private static void Statistics(
        ReadOnlySpan<float> x, GroupLayout layout, float epsilon, Span<float> mean, Span<float> inverseStdDev, Span<float> scratch)
    {
        var channels = layout.Channels;
        var center = scratch[..channels];
        var rest = scratch.Slice(channels, channels);
        var squares = scratch.Slice(2 * channels, channels);
        ColumnKernels.Sum(x, rest);
        for (var g = 0; g < layout.Groups; g++)
        {
            mean[g] = TensorPrimitives.Sum(Run(rest, layout, g)) / layout.GroupSize;
            Run(center, layout, g).Fill(mean[g]);
        }

        for (var c = 0; c < channels; c += Vector<float>.Count)
        {
            var middle = RowVector.Load(center, c);
            var sum = Vector<float>.Zero;
            var square = Vector<float>.Zero;
            for (var pixel = 0; pixel < x.Length; pixel += channels)
            {
                var deviation = RowVector.Load(x.Slice(pixel, channels), c) - middle;
                sum += deviation;
                square += deviation * deviation;
            }

            RowVector.Store(sum, rest, c);
            RowVector.Store(square, squares, c);
        }

        // The center is rounded, so the deviations do not quite sum to zero; what is left corrects both moments.
        for (var g = 0; g < layout.Groups; g++)
        {
            var left = (double)TensorPrimitives.Sum(Run(rest, layout, g)) / layout.GroupSize;
            var variance = TensorPrimitives.Sum(Run(squares, layout, g)) / (double)layout.GroupSize - left * left;
            mean[g] = (float)(mean[g] + left);
            inverseStdDev[g] = (float)(1 / Math.Sqrt(variance + epsilon));
        }
    }

    // sum = sum(dy) and product = sum(dy * xHat) per channel of one example.
    private static void ChannelSums(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> center, ReadOnlySpan<float> inverse,
        Span<float> sum, Span<float> product)
    {
        var channels = center.Length;
        for (var c = 0; c < channels; c += Vector<float>.Count)
        {
            var middle = RowVector.Load(center, c);
            var gradients = Vector<float>.Zero;
            var products = Vector<float>.Zero;
            for (var pixel = 0; pixel < x.Length; pixel += channels)
            {
                var gradient = RowVector.Load(dy.Slice(pixel, channels), c);
                gradients += gradient;
                products += gradient * (RowVector.Load(x.Slice(pixel, channels), c) - middle);
            }

            RowVector.Store(gradients, sum, c);
            RowVector.Store(products * RowVector.Load(inverse, c), product, c);
        }
    }

    private static void BackwardInput(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> gamma, ReadOnlySpan<float> center, ReadOnlySpan<float> inverse,
        ReadOnlySpan<float> meanGradient, ReadOnlySpan<float> meanProduct, Span<float> dx)
    {
        var channels = center.Length;
        for (var pixel = 0; pixel < x.Length; pixel += channels)
        {
            var input = x.Slice(pixel, channels);
            var upstream = dy.Slice(pixel, channels);
            var downstream = dx.Slice(pixel, channels);
            for (var c = 0; c < channels; c += Vector<float>.Count)
            {
                var scale = RowVector.Load(inverse, c);
                var normalized = (RowVector.Load(input, c) - RowVector.Load(center, c)) * scale;
                var gradient = RowVector.Load(gamma, c) * RowVector.Load(upstream, c);
                RowVector.Store(
                    scale * (gradient - RowVector.Load(meanGradient, c) - normalized * RowVector.Load(meanProduct, c)), downstream, c);
            }
        }
    }

    // From sums per channel to sum(gamma * sums) / group size of the channel's group.
    private static void SpreadGroupMeans(Span<float> sums, ReadOnlySpan<float> gamma, GroupLayout layout)
    {
        for (var g = 0; g < layout.Groups; g++)
        {
            var run = Run(sums, layout, g);
            run.Fill(TensorPrimitives.Dot<float>(run, gamma.Slice(g * layout.Width, layout.Width)) / layout.GroupSize);
        }
    }

    // From one value per group to one per channel.
    private static void Spread(ReadOnlySpan<float> groups, Span<float> channels)
    {
        var width = channels.Length / groups.Length;
        for (var g = 0; g < groups.Length; g++)
            channels.Slice(g * width, width).Fill(groups[g]);
    }

    private static Span<float> Run(Span<float> channels, GroupLayout layout, int group) =>
        channels.Slice(group * layout.Width, layout.Width);
}
