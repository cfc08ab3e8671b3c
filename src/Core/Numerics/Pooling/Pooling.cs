using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Pooling of images stored channels last, each channel by itself; results are [images, outputHeight, outputWidth, channels]. Padding is
/// not part of a window: it is neither a maximum nor, unless the window counts it, part of an average. Pooling with a window of the whole
/// image is global pooling. Results are the same to the last bit for every number of threads.
/// </summary>
internal static unsafe class Pooling
{
    /// <summary>y = the largest value of each window; not a number where one of them is.</summary>
    public static void Max(SlidingWindow window, ReadOnlySpan<float> x, Span<float> y)
    {
        Validate(window, x, y);
        fixed (float* pinnedX = x, pinnedY = y)
        {
            if (PoolingOfFour.Handles(window))
                RunOfFour(new OfFour(window, pinnedX, pinnedY, null, null));
            else
                Run(window, new MaxPass(pinnedX, pinnedY));
        }
    }

    /// <summary>dx = the sum of the dy of the windows in which x was the first of the largest values, in reading order.</summary>
    public static void MaxBackward(
        SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        Validate(window, x, y);
        Validate(window, dx, dy);
        fixed (float* pinnedX = x, pinnedY = y, pinnedDy = dy, pinnedDx = dx)
        {
            if (PoolingOfFour.Handles(window))
                RunOfFour(new OfFour(window, pinnedX, pinnedY, pinnedDy, pinnedDx));
            else
                Run(window, new MaxBackwardPass(pinnedX, pinnedY, pinnedDy, pinnedDx));
        }
    }

    /// <summary>y = the mean of each window.</summary>
    public static void Average(SlidingWindow window, ReadOnlySpan<float> x, Span<float> y)
    {
        Validate(window, x, y);
        fixed (float* pinnedX = x, pinnedY = y)
            Run(window, new AveragePass(pinnedX, pinnedY));
    }

    /// <summary>dx = the sum over the windows that x is part of of dy / pixels of the window.</summary>
    public static void AverageBackward(SlidingWindow window, ReadOnlySpan<float> dy, Span<float> dx)
    {
        Validate(window, dx, dy);
        fixed (float* pinnedDy = dy, pinnedDx = dx)
            Run(window, new AverageBackwardPass(pinnedDy, pinnedDx));
    }

    private static void Validate(
        SlidingWindow window, ReadOnlySpan<float> images, ReadOnlySpan<float> outputs,
        [CallerArgumentExpression(nameof(images))] string imagesName = "",
        [CallerArgumentExpression(nameof(outputs))] string outputsName = "")
    {
        window.Validate();
        if (!window.AlwaysSeesPixels)
            throw new ArgumentException($"Padding must be smaller than the window, and dilation not larger than the image, got {window}.");
        window.RequireImages(images.Length, imagesName);
        window.RequireOutputs(outputs.Length, window.Channels, outputsName);
    }

    private static void Run<TPass>(SlidingWindow window, TPass pass)
        where TPass : struct, IPoolingPass
    {
        var operation = new ByImages<TPass>(window, pass);
        Simd.RunWidest(ref operation);
    }

    private static void RunOfFour(OfFour operation) => Simd.RunWidest(ref operation);

    private readonly struct ByImages<TPass>(SlidingWindow window, TPass pass) : ISimdOperation
        where TPass : struct, IPoolingPass
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var job = new PoolingImages<TVector, TPass>(window, pass);
            job.Run();
        }
    }

    private readonly struct OfFour(SlidingWindow window, float* x, float* y, float* dy, float* dx) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var job = new PoolingOfFour<TVector>(window, x, y, dy, dx);
            job.Run();
        }
    }
}
