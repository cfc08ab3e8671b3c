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
    /// in
    /// whole vectors, and what a vector writes too much is overwritten by what follows: one masked load and one store copy a short run.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather<TVector>(SlidingWindow window, float* images, int first, int end, float* patches)
        where TVector : struct, ISimd<TVector>
    {
        while (first < end)
        {
            var (row, ox) = Math.DivRem(first, window.OutputWidth);
            var (image, oy) = Math.DivRem(row, window.OutputHeight);
            var (y, beginY, endY) = window.Overlap(oy, window.WindowHeight, window.Height);
            var source = images + ((nint)image * window.ImageSize) + ((nint)(y + beginY) * window.Width * window.Channels);
            var endX = Math.Min(window.OutputWidth, ox + end - first);
            first += endX - ox;
            for (; ox < endX; ox++)
                patches = GatherOne<TVector>(window, source, ox, beginY, endY, patches);
        }
    }

    /// <summary>
    /// Adds patches of output pixels [first, end) of one image to the pixels that they came from; the transpose of <see cref="Gather"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScatterAdd<TVector>(SlidingWindow window, float* patches, int first, int end, float* image)
        where TVector : struct, ISimd<TVector>
    {
        nint imageRow = (nint)window.Width * window.Channels, patchRow = (nint)window.WindowWidth * window.Channels;
        while (first < end)
        {
            var (oy, ox) = Math.DivRem(first, window.OutputWidth);
            var (y, beginY, endY) = window.Overlap(oy, window.WindowHeight, window.Height);
            var endX = Math.Min(window.OutputWidth, ox + end - first);
            first += endX - ox;
            for (; ox < endX; ox++, patches += window.PatchSize)
            {
                var (x, beginX, afterX) = window.Overlap(ox, window.WindowWidth, window.Width);
                var target = image + ((y + beginY) * imageRow) + ((nint)(x + beginX) * window.Channels);
                var patch = patches + (beginY * patchRow) + ((nint)beginX * window.Channels);
                for (var ky = beginY; ky < endY; ky++, patch += patchRow, target += imageRow)
                    Add<TVector>(patch, target, (nint)(afterX - beginX) * window.Channels);
            }
        }
    }

    /// <summary>Writes one patch, given the first image row under it that exists; returns where the next patch begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* GatherOne<TVector>(SlidingWindow window, float* source, int ox, int beginY, int endY, float* patch)
        where TVector : struct, ISimd<TVector>
    {
        nint imageRow = (nint)window.Width * window.Channels, patchRow = (nint)window.WindowWidth * window.Channels;
        var (x, beginX, endX) = window.Overlap(ox, window.WindowWidth, window.Width);
        nint left = (nint)beginX * window.Channels, inside = (nint)(endX - beginX) * window.Channels;
        source += (nint)(x + beginX) * window.Channels;
        patch = Clear<TVector>(patch, beginY * patchRow);
        if (inside == patchRow)
        {
            for (var ky = beginY; ky < endY; ky++, source += imageRow)
                patch = Copy<TVector>(source, patch, patchRow);
        }
        else
        {
            for (var ky = beginY; ky < endY; ky++, source += imageRow)
            {
                patch = Clear<TVector>(patch, left);
                patch = Copy<TVector>(source, patch, inside);
                patch = Clear<TVector>(patch, patchRow - left - inside);
            }
        }

        return Clear<TVector>(patch, (window.WindowHeight - endY) * patchRow);
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
