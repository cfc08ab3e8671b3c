using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Which windows <see cref="PoolingOfFour{TVector}"/> pools.</summary>
internal static class PoolingOfFour
{
    public static bool Handles(SlidingWindow window) => window is { WindowHeight: 2, WindowWidth: 2, CeilMode: false }
        && window.Stride == 2 && window.Padding == 0 && window.Dilation == 1;
}

/// <summary>
/// Max pooling by windows of 2 x 2 side by side, which is nearly all there is in practice. Forward: y = the largest of the four. Backward,
/// where dx is given: dy goes to the first of the four that equals y, and the other three get 0.
/// </summary>
/// <remarks>
/// The work is bound by memory, so everything comes from there once and goes there once, and dx is not cleared first. It is written in one
/// ascending run, row by row: in a training step that takes two thirds of the time of two rows side by side. The lanes are channels. Pixels
/// that no window covers, the last row or column of an odd size, get a dx of 0.
/// </remarks>
internal unsafe struct PoolingOfFour<TVector>(SlidingWindow window, float* x, float* y, float* dy, float* dx) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int RowsPerBlock = 8;

    private readonly int rows = window.Images * window.OutputHeight;
    private readonly int outputHeight = window.OutputHeight, outputWidth = window.OutputWidth;
    private readonly nint imageRow = (nint)window.Width * window.Channels;
    private int blocks;

    public void Run()
    {
        const int operationsPerElement = 8;
        blocks = Math.Min((rows + RowsPerBlock - 1) / RowsPerBlock, BlockRunner.MaxBlocks);
        BlockRunner.Run(ref this, blocks, (long)operationsPerElement * window.Images * window.ImageSize);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (row, end) = BlockRunner.Part(rows, block, blocks);
        for (; row < end; row++)
        {
            var (image, oy) = Math.DivRem(row, outputHeight);
            var input = ((nint)image * window.ImageSize) + (2 * oy * imageRow);
            var output = (nint)row * outputWidth * window.Channels;
            if (dx == null)
                Forward(x + input, y + output);
            else
                Backward(x + input, y + output, dy + output, dx + input, isLast: oy == outputHeight - 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Forward(float* top, float* largest)
    {
        nint channels = window.Channels, whole = channels - (channels % TVector.Count), next = imageRow;
        var mask = TVector.Mask(channels - whole);
        var width = outputWidth;
        for (var ox = 0; ox < width; ox++, top += 2 * channels, largest += channels)
        {
            float* right = top + channels, bottom = top + next, last = right + next;
            nint c = 0;
            for (; c < whole; c += TVector.Count)
            {
                var upper = TVector.Max(TVector.Load(top + c), TVector.Load(right + c));
                TVector.Max(upper, TVector.Max(TVector.Load(bottom + c), TVector.Load(last + c))).Store(largest + c);
            }

            if (c == channels)
                continue;
            var upperRest = TVector.Max(TVector.LoadMasked(top + c, mask), TVector.LoadMasked(right + c, mask));
            var lowerRest = TVector.Max(TVector.LoadMasked(bottom + c, mask), TVector.LoadMasked(last + c, mask));
            TVector.Max(upperRest, lowerRest).StoreMasked(largest + c, mask);
        }
    }

    private readonly void Backward(float* top, float* largest, float* upstream, float* gradient, bool isLast)
    {
        BackwardRow(top, largest, upstream, gradient, isLower: false);
        BackwardRow(top + imageRow, largest, upstream, gradient + imageRow, isLower: true);
        if (isLast && window.Height % 2 != 0)
            new Span<float>(gradient + (2 * imageRow), (int)imageRow).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void BackwardRow(float* values, float* largest, float* upstream, float* gradient, bool isLower)
    {
        nint channels = window.Channels, whole = channels - (channels % TVector.Count);
        var mask = TVector.Mask(channels - whole);
        var width = outputWidth;
        for (var ox = 0; ox < width; ox++, values += 2 * channels, gradient += 2 * channels)
        {
            nint c = 0;
            for (; c < whole; c += TVector.Count)
                Share(values + c, gradient + c, TVector.Load(largest + c), TVector.Load(upstream + c), isLower, mask, masked: false);
            if (c < channels)
            {
                TVector largestRest = TVector.LoadMasked(largest + c, mask), upstreamRest = TVector.LoadMasked(upstream + c, mask);
                Share(values + c, gradient + c, largestRest, upstreamRest, isLower, mask, masked: true);
            }

            largest += channels;
            upstream += channels;
        }

        if (window.Width % 2 != 0)
            new Span<float>(gradient, (int)channels).Clear();
    }

    /// <summary>One row of a window: the lower one gets what the upper one, which is in cache, has not taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Share(
        float* value, float* gradient, TVector largest, TVector remaining, bool isLower, TVector mask, bool masked)
    {
        nint right = window.Channels;
        if (isLower)
        {
            remaining -= TVector.WhereEqual(PoolingLanes.Load(value - imageRow, mask, masked), largest, remaining);
            remaining -= TVector.WhereEqual(PoolingLanes.Load(value - imageRow + right, mask, masked), largest, remaining);
        }

        remaining -= Take(value, gradient, largest, remaining, mask, masked);
        Take(value + right, gradient + right, largest, remaining, mask, masked);
    }

    /// <summary>Writes and returns what is left of the gradient in the lanes where the value is the largest, 0 in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Take(float* value, float* gradient, TVector largest, TVector remaining, TVector mask, bool masked)
    {
        var share = TVector.WhereEqual(PoolingLanes.Load(value, mask, masked), largest, remaining);
        PoolingLanes.Store(gradient, share, mask, masked);
        return share;
    }
}
