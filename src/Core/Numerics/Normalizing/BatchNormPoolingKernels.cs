namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Batch normalization of images with the ReLU, if there is one, and the max pooling by windows of 2 x 2 behind it in the same passes: the
/// normalized images are nowhere in memory. What is not here is as in <see cref="BatchNormKernels"/>, and the results are the same to the
/// last bit as one after the other.
/// </summary>
internal static unsafe class BatchNormPoolingKernels
{
    /// <summary>y = the largest value of each window over the normalized images.</summary>
    public static void Forward(
        SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<float> y, bool relu)
    {
        Validate(window, x, y);
        var operands = Operands(window, mean, inverseStdDev, gamma, beta, relu);
        fixed (float* pinnedX = x, pinnedY = y)
        {
            operands.X = pinnedX;
            operands.Pooled.Y = pinnedY;
            Run(operands);
        }
    }

    /// <summary>
    /// dBeta = sum(dz) and dGamma = sum(dz * xHat), where dz is the gradient in front of ReLU and pooling, given dy behind them.
    /// </summary>
    public static void BackwardParameters(
        SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> inverseStdDev, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<float> dGamma, Span<float> dBeta,
        bool relu)
    {
        Validate(window, x, dy);
        SpanLength.Require(y, dy.Length);
        var operands = Operands(window, mean, inverseStdDev, gamma, beta, relu);
        fixed (float* pinnedX = x, pinnedY = y, pinnedDy = dy)
        {
            operands.X = pinnedX;
            operands.Pooled.Y = pinnedY;
            operands.Pooled.Dy = pinnedDy;
            BatchNormKernels.SumGradients(operands, inverseStdDev, dGamma, dBeta);
        }
    }

    /// <summary>
    /// dx = the gradient through pooling, ReLU and batch statistics; dGamma and dBeta as <see cref="BackwardParameters"/> left them.
    /// </summary>
    public static void BackwardInput(
        SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> inverseStdDev, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, ReadOnlySpan<float> dGamma,
        ReadOnlySpan<float> dBeta, Span<float> dx, bool relu)
    {
        Validate(window, x, dy);
        SpanLength.Require(y, dy.Length);
        SpanLength.Require(dx, x.Length);
        var operands = Operands(window, mean, inverseStdDev, gamma, beta, relu);
        operands.Factors.SetMeanGradients(x.Length / window.Channels, inverseStdDev, dGamma, dBeta);
        fixed (float* pinnedX = x, pinnedY = y, pinnedDy = dy, pinnedDx = dx)
        {
            operands.X = pinnedX;
            operands.Pooled.Y = pinnedY;
            operands.Pooled.Dy = pinnedDy;
            operands.Result = pinnedDx;
            Run(operands);
        }
    }

    private static void Validate(SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> outputs)
    {
        if (!PoolingOfFour.Handles(window))
            throw new ArgumentException($"Windows of 2 x 2 side by side were expected, got {window}.");
        window.RequireImages(x.Length, nameof(x));
        window.RequireOutputs(outputs.Length, window.Channels, nameof(outputs));
    }

    private static BatchNormOperands Operands(
        SlidingWindow window, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev, ReadOnlySpan<float> gamma,
        ReadOnlySpan<float> beta, bool relu)
    {
        var lanes = new ChannelLanes(window.Images * window.ImageSize, window.Channels);
        var factors = new BatchNormFactors(lanes);
        factors.SetScale(mean, inverseStdDev, gamma);
        factors.SetLanes(factors.Beta, beta, nameof(beta));
        return new BatchNormOperands
        {
            Lanes = lanes,
            Factors = factors,
            Relu = relu,
            Pooled = new PooledOperands { Window = window },
        };
    }

    private static void Run(BatchNormOperands operands)
    {
        var pass = new Pass(operands);
        Simd.RunWidest(ref pass);
    }

    private readonly struct Pass(BatchNormOperands operands) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var pooling = new BatchNormPooling<TVector>(operands);
            pooling.Run();
        }
    }
}
