using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Patches under a sliding window as rows of a matrix: patch[pixel, (ky, kx, channel)] belongs to
/// image[oy * stride - padding + ky, ox * stride - padding + kx, channel]. Channels last, one row of a window is one run of memory.
/// </summary>
internal static unsafe class ConvolutionPatches
{
    /// <summary>
    /// Adds patches of output pixels [first, end) of one image to the pixels that they came from; what is padding is dropped.
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
