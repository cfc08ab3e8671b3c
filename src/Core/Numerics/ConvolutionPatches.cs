using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Moves the patches under a sliding window between images and rows of a matrix: patch[pixel, (ky, kx, channel)] is
/// image[oy * stride - padding + ky, ox * stride - padding + kx, channel], 0 where that is padding. Channels last, one row of a window is
/// one run of memory.
/// </summary>
internal static unsafe class ConvolutionPatches
{
    /// <summary>Values that <see cref="Gather"/> may write after the last patch.</summary>
    public const int Slack = 16;

    /// <summary>
    /// Writes the patches of output pixels [first, end), counted through all images, row by row. Everything is written in ascending order
    /// in whole vectors, and what a vector writes too much is overwritten by what follows: one masked load and one store copy a short run.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather<TVector>(SlidingWindow window, float* images, int first, int end, float* patches)
        where TVector : struct, ISimd<TVector>
    {
        for (var pixel = first; pixel < end; pixel++)
        {
            var (image, output) = Math.DivRem(pixel, window.OutputPixels);
            var (oy, ox) = Math.DivRem(output, window.OutputWidth);
            var (y, beginY, endY) = window.Overlap(oy, window.WindowHeight, window.Height);
            var (x, beginX, endX) = window.Overlap(ox, window.WindowWidth, window.Width);
            nint left = beginX * window.Channels, inside = (endX - beginX) * window.Channels;
            var right = (window.WindowWidth - endX) * window.Channels;
            var source = images + ((nint)image * window.ImageSize) + (((nint)y + beginY) * window.Width + x + beginX) * window.Channels;
            patches = Clear<TVector>(patches, (nint)beginY * window.WindowWidth * window.Channels);
            for (var ky = beginY; ky < endY; ky++)
            {
                patches = Clear<TVector>(patches, left);
                patches = Copy<TVector>(source, patches, inside);
                patches = Clear<TVector>(patches, right);
                source += (nint)window.Width * window.Channels;
            }

            patches = Clear<TVector>(patches, (nint)(window.WindowHeight - endY) * window.WindowWidth * window.Channels);
        }
    }

    /// <summary>
    /// Adds patches of output pixels [first, end) of one image to the pixels that they came from; the transpose of <see cref="Gather"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScatterAdd<TVector>(SlidingWindow window, float* patches, int first, int end, float* image)
        where TVector : struct, ISimd<TVector>
    {
        for (var pixel = first; pixel < end; pixel++, patches += window.PatchSize)
        {
            var (oy, ox) = Math.DivRem(pixel, window.OutputWidth);
            var (y, beginY, endY) = window.Overlap(oy, window.WindowHeight, window.Height);
            var (x, beginX, endX) = window.Overlap(ox, window.WindowWidth, window.Width);
            for (var ky = beginY; ky < endY; ky++)
            {
                var target = image + (((nint)y + ky) * window.Width + x + beginX) * window.Channels;
                Add<TVector>(patches + ((nint)ky * window.WindowWidth + beginX) * window.Channels, target, (endX - beginX) * window.Channels);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Clear<TVector>(float* destination, nint count)
        where TVector : struct, ISimd<TVector>
    {
        for (nint i = 0; i < count; i += TVector.Count)
            TVector.Zero.Store(destination + i);
        return destination + count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Copy<TVector>(float* source, float* destination, nint count)
        where TVector : struct, ISimd<TVector>
    {
        nint i = 0;
        for (; i <= count - TVector.Count; i += TVector.Count)
            TVector.Load(source + i).Store(destination + i);
        if (i < count)
            TVector.LoadMasked(source + i, TVector.Mask(count - i)).Store(destination + i);
        return destination + count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TVector>(float* source, float* destination, nint count)
        where TVector : struct, ISimd<TVector>
    {
        nint i = 0;
        for (; i <= count - TVector.Count; i += TVector.Count)
            (TVector.Load(destination + i) + TVector.Load(source + i)).Store(destination + i);
        if (i == count)
            return;
        var mask = TVector.Mask(count - i);
        (TVector.LoadMasked(destination + i, mask) + TVector.LoadMasked(source + i, mask)).StoreMasked(destination + i, mask);
    }
}
