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
        nint channels = window.Channels, imageRow = window.Width * channels, nextRow = window.Dilation.Height * imageRow;
        nint patchRow = (nint)window.WindowWidth * window.GroupChannels, nextPixel = window.Dilation.Width * channels;
        var (outputWidth, patchSize, hasWholeRows) = (window.OutputWidth, window.PatchSize, window.HasWholeRows);
        while (first < end)
        {
            var (oy, ox) = Math.DivRem(first, outputWidth);
            var (y, beginY, endY) = window.OverlapRows(oy);
            var row = image + (y * imageRow) + (beginY * nextRow);
            var endX = Math.Min(outputWidth, ox + end - first);
            first += endX - ox;
            for (; ox < endX; ox++, patches += patchSize)
            {
                var (x, beginX, afterX) = window.OverlapColumns(ox);
                var target = row + (x * channels) + (beginX * nextPixel);
                var patch = patches + (beginY * patchRow);
                if (hasWholeRows)
                    AddRows<TVector>(patch + (beginX * channels), patchRow, target, nextRow, endY - beginY, (afterX - beginX) * channels);
                else
                    for (var ky = beginY; ky < endY; ky++, patch += patchRow, target += nextRow)
                        AddPixels<TVector>(
                            patch + (beginX * window.GroupChannels), target, afterX - beginX, window.GroupChannels, nextPixel);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRows<TVector>(float* source, nint sourceRow, float* destination, nint destinationRow, int rows, nint count)
        where TVector : struct, ISimd<TVector>
    {
        for (; rows > 0; rows--, source += sourceRow, destination += destinationRow)
            Add<TVector>(source, destination, count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
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
