using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Batch normalization of a matrix rows x channels (Ioffe and Szegedy, 2015, arXiv:1502.03167), alone or with the ReLU that follows it. The
/// number of channels is the length of the per-channel spans. <c>y</c> may be <c>x</c>, and <c>dx</c> may be <c>dy</c>. Results are the
/// same to the last bit for every number of threads.
/// </summary>
internal static unsafe class BatchNormKernels
{
    /// <summary>
    /// mean = sum(x) / rows and squaredDeviations = sum((x - mean)^2) per channel, in one pass over x: float32 sums of shifted values over
    /// blocks of rows, merged in double by the rule of Chan, Golub and LeVeque (1983). Never E[x^2] - E[x]^2, which loses all digits when
    /// the mean is large.
    /// </summary>
    public static void Moments(ReadOnlySpan<float> x, Span<double> mean, Span<double> squaredDeviations)
    {
        SpanLength.Require(squaredDeviations, mean.Length);
        fixed (float* pinnedX = x)
        {
            var sums = Sum(new BatchNormOperands { Lanes = Lanes(x, mean.Length), X = pinnedX });
            for (var first = 0; first < mean.Length; first += Vector<double>.Count)
            {
                var moments = sums.Moments(first);
                Store(moments.Mean, mean[first..]);
                Store(moments.SquaredDeviations, squaredDeviations[first..]);
            }
        }
    }

    /// <summary>
    /// y = (x - mean) * scale + beta with scale = gamma * inverseStdDev; 0 where that is negative, if <paramref name="relu"/>.
    /// </summary>
    /// <remarks>Not x * scale + (beta - mean * scale): where |mean| is many standard deviations, that cancels.</remarks>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev, ReadOnlySpan<float> gamma,
        ReadOnlySpan<float> beta, Span<float> y, bool relu = false)
    {
        var lanes = Lanes(x, mean.Length);
        var factors = new BatchNormFactors(lanes);
        factors.SetScale(mean, inverseStdDev, gamma);
        factors.SetLanes(factors.Beta, beta, nameof(beta));
        Map(x, default, y, lanes, factors, relu);
    }

    /// <summary>
    /// y = x * scale + shift: inference, where the running statistics and gamma and beta are one affine map per channel; 0 where that is
    /// negative, if <paramref name="relu"/>.
    /// </summary>
    public static void Affine(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Span<float> y, bool relu = false)
    {
        var lanes = Lanes(x, scale.Length);
        var factors = new BatchNormFactors(lanes);
        new Span<float>(factors.Mean, lanes.Width).Clear();
        factors.SetLanes(factors.Scale, scale, nameof(scale));
        factors.SetLanes(factors.Beta, shift, nameof(shift));
        Map(x, default, y, lanes, factors, relu);
    }

    /// <summary>dBeta = sum(dy) and dGamma = sum(dy * xHat), with xHat = (x - mean) * inverseStdDev.</summary>
    public static void BackwardParameters(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev,
        Span<float> dGamma, Span<float> dBeta)
    {
        var lanes = Lanes(x, mean.Length);
        var factors = new BatchNormFactors(lanes);
        factors.SetLanes(factors.Mean, mean, nameof(mean));
        SumGradients(x, dy, lanes, factors, inverseStdDev, dGamma, dBeta, relu: false);
    }

    /// <summary>
    /// As <see cref="BackwardParameters"/>, where <paramref name="dy"/> is the gradient behind the ReLU that <see cref="Forward"/> applied:
    /// dy counts as 0 where the normalized value was not positive. That is computed again from x, so the output need not be kept.
    /// </summary>
    public static void BackwardParametersRelu(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<float> dGamma, Span<float> dBeta)
    {
        var lanes = Lanes(x, mean.Length);
        var factors = new BatchNormFactors(lanes);
        factors.SetScale(mean, inverseStdDev, gamma);
        factors.SetLanes(factors.Beta, beta, nameof(beta));
        SumGradients(x, dy, lanes, factors, inverseStdDev, dGamma, dBeta, relu: true);
    }

    /// <summary>
    /// dx = gamma * inverseStdDev * (dy - mean(dy) - xHat * mean(dy * xHat)): the exact gradient, through the batch statistics.
    /// The two means are dBeta / rows and dGamma / rows as <see cref="BackwardParameters"/> left them.
    /// </summary>
    public static void BackwardInput(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> dGamma, ReadOnlySpan<float> dBeta, Span<float> dx)
    {
        SpanLength.Require(dy, x.Length);
        var lanes = Lanes(x, mean.Length);
        var factors = new BatchNormFactors(lanes);
        factors.SetScale(mean, inverseStdDev, gamma);
        factors.SetMeanGradients(x.Length / mean.Length, inverseStdDev, dGamma, dBeta);
        Map(x, dy, dx, lanes, factors, relu: false);
    }

    /// <summary>As <see cref="BackwardInput"/>, with dy, dGamma and dBeta as for <see cref="BackwardParametersRelu"/>.</summary>
    public static void BackwardInputRelu(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, ReadOnlySpan<float> dGamma, ReadOnlySpan<float> dBeta, Span<float> dx)
    {
        SpanLength.Require(dy, x.Length);
        var lanes = Lanes(x, mean.Length);
        var factors = new BatchNormFactors(lanes);
        factors.SetScale(mean, inverseStdDev, gamma);
        factors.SetLanes(factors.Beta, beta, nameof(beta));
        factors.SetMeanGradients(x.Length / mean.Length, inverseStdDev, dGamma, dBeta);
        Map(x, dy, dx, lanes, factors, relu: true);
    }

    /// <summary>dBeta and dGamma of all that <paramref name="operands"/> says.</summary>
    public static void SumGradients(
        BatchNormOperands operands, ReadOnlySpan<float> inverseStdDev, Span<float> dGamma, Span<float> dBeta)
    {
        var channels = operands.Lanes.Channels;
        SpanLength.Require(inverseStdDev, channels);
        SpanLength.Require(dGamma, channels);
        SpanLength.Require(dBeta, channels);
        var sums = Sum(operands);
        for (var first = 0; first < channels; first += Vector<float>.Count)
        {
            var (sum, products) = sums.Gradients(first);
            var next = first + Vector<double>.Count;
            var (nextSum, nextProducts) = next < channels ? sums.Gradients(next) : default;
            Vector.Widen(RowVector.Load(inverseStdDev, first), out var inverse, out var nextInverse);
            RowVector.Store(Vector.Narrow(sum, nextSum), dBeta, first);
            RowVector.Store(Vector.Narrow(products * inverse, nextProducts * nextInverse), dGamma, first);
        }
    }

    private static void Store(Vector<double> values, Span<double> channels)
    {
        if (channels.Length >= Vector<double>.Count)
        {
            values.CopyTo(channels);
            return;
        }

        for (var c = 0; c < channels.Length; c++)
            channels[c] = values[c];
    }

    private static ChannelLanes Lanes(ReadOnlySpan<float> x, int channels)
    {
        SpanLength.RequireRows(x, channels);
        return new ChannelLanes(x.Length, channels);
    }

    private static void Map(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> result, ChannelLanes lanes, BatchNormFactors factors, bool relu)
    {
        SpanLength.Require(result, x.Length);
        fixed (float* pinnedX = x, pinnedDy = dy, pinnedResult = result)
        {
            var map = new MapOperation(new BatchNormOperands
            {
                Lanes = lanes,
                Factors = factors,
                X = pinnedX,
                Dy = pinnedDy,
                Result = pinnedResult,
                Relu = relu,
            });
            Simd.RunWidest(ref map);
        }
    }

    private static void SumGradients(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ChannelLanes lanes, BatchNormFactors factors, ReadOnlySpan<float> inverseStdDev,
        Span<float> dGamma, Span<float> dBeta, bool relu)
    {
        SpanLength.Require(dy, x.Length);
        fixed (float* pinnedX = x, pinnedDy = dy)
        {
            var operands = new BatchNormOperands { Lanes = lanes, Factors = factors, X = pinnedX, Dy = pinnedDy, Relu = relu };
            SumGradients(operands, inverseStdDev, dGamma, dBeta);
        }
    }

    private static BatchNormPartials Sum(BatchNormOperands operands)
    {
        var destination = ScratchBuffer.Partials.AtLeast(BatchNormPartials.Length(operands.Lanes));
        var sum = new SumOperation(operands, destination);
        Simd.RunWidest(ref sum);
        return new BatchNormPartials(operands.Lanes, destination);
    }

    private readonly struct MapOperation(BatchNormOperands operands) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var map = new BatchNormMap<TVector>(operands);
            map.Run();
        }
    }

    private readonly struct SumOperation(BatchNormOperands operands, float* destination) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var sums = new BatchNormSums<TVector>(operands, destination);
            sums.Run();
        }
    }
}
