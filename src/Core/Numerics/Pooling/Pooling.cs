namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Pooling of images stored channels last, each channel by itself; results are [images, outputHeight, outputWidth, channels]. Padding is
/// not part of a window: it is neither a maximum nor counted in an average. Pooling with a window of the whole image is global pooling.
/// Results are the same to the last bit for every number of threads.
/// </summary>
internal static unsafe class Pooling
{
    /// <summary>y = the largest value of each window; not a number where one of them is.</summary>
    public static void Max(SlidingWindow window, ReadOnlySpan<float> x, Span<float> y) =>
        Run(PoolingPass.Max, window, x, y, default, default);

    /// <summary>dx = the sum of the dy of the windows in which x was the first of the largest values, in reading order.</summary>
    public static void MaxBackward(
        SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) =>
        Run(PoolingPass.MaxBackward, window, x, y, dy, dx);

    /// <summary>y = the mean of each window.</summary>
    public static void Average(SlidingWindow window, ReadOnlySpan<float> x, Span<float> y) =>
        Run(PoolingPass.Average, window, x, y, default, default);

    /// <summary>dx = the sum over the windows that x is part of of dy / pixels of the window.</summary>
    public static void AverageBackward(SlidingWindow window, ReadOnlySpan<float> dy, Span<float> dx) =>
        Run(PoolingPass.AverageBackward, window, default, default, dy, dx);

    private static void Run(
        PoolingPass pass, SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy,
        ReadOnlySpan<float> dx)
    {
        window.Validate();
        if (pass != PoolingPass.AverageBackward)
        {
            window.RequireImages(x.Length, nameof(x));
            window.RequireOutputs(y.Length, window.Channels, nameof(y));
        }

        if (pass is PoolingPass.MaxBackward or PoolingPass.AverageBackward)
        {
            window.RequireImages(dx.Length, nameof(dx));
            window.RequireOutputs(dy.Length, window.Channels, nameof(dy));
        }

        // The result of a pass, y or dx, came in as a writable span.
        fixed (float* pinnedX = x, pinnedY = y, pinnedDy = dy, pinnedDx = dx)
        {
            var operation = new Operation(pass, window, pinnedX, pinnedY, pinnedDy, pinnedDx);
            Simd.RunWidest(ref operation);
        }
    }

    private readonly struct Operation(PoolingPass pass, SlidingWindow window, float* x, float* y, float* dy, float* dx) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            if (pass is PoolingPass.Max or PoolingPass.MaxBackward && PoolingOfFour<TVector>.Handles(window))
            {
                var four = new PoolingOfFour<TVector>(window, x, y, dy, dx);
                four.Run();
                return;
            }

            var job = new PoolingImages<TVector>(pass, window, x, y, dy, dx);
            job.Run();
        }
    }
}
