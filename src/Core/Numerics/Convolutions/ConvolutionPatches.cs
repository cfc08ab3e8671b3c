using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Patches under a sliding window as rows of a matrix: patch[pixel, (ky, kx, channel)] belongs to
/// image[oy * stride - padding + ky * dilation, ox * stride - padding + kx * dilation, channel].
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
        nint imageRow = (nint)window.Width * window.Channels, patchRow = (nint)window.WindowWidth * window.GroupChannels;
        var (dilation, channels) = (window.Dilation, (nint)window.Channels);
        while (first < end)
        {
            var (oy, ox) = Math.DivRem(first, window.OutputWidth);
            var (y, beginY, endY) = window.OverlapRows(oy);
            var endX = Math.Min(window.OutputWidth, ox + end - first);
            first += endX - ox;
            for (; ox < endX; ox++, patches += window.PatchSize)
            {
                var (x, beginX, afterX) = window.OverlapColumns(ox);
                var target = image + ((y + ((nint)beginY * dilation.Height)) * imageRow) + ((x + (beginX * dilation.Width)) * channels);
                var patch = patches + (beginY * patchRow) + (beginX * (nint)window.GroupChannels);
                for (var ky = beginY; ky < endY; ky++, patch += patchRow, target += dilation.Height * imageRow)
                    if (window.HasWholeRows)
                        Add<TVector>(patch, target, (afterX - beginX) * channels);
                    else
                        AddPixels<TVector>(patch, target, afterX - beginX, window.GroupChannels, dilation.Width * channels);
            }
        }
    }

    private static void AddPixels<TVector>(float* source, float* destination, int pixels, int channels, nint nextPixel)
        where TVector : struct, ISimd<TVector>
    {
        for (; pixels > 0; pixels--, source += channels, destination += nextPixel)
            Add<TVector>(source, destination, channels);
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
