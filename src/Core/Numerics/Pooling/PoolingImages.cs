using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// One pass of pooling; the lanes are channels. Threads share rows of windows, but images on the way back, where windows may overlap.
/// </summary>
internal unsafe struct PoolingImages<TVector, TPass>(SlidingWindow window, TPass pass) : IBlockJob
    where TVector : struct, ISimd<TVector>
    where TPass : struct, IPoolingPass
{
    private const int RowsPerBlock = 8;

    private readonly nint imageRow = (nint)window.Width * window.Channels;
    private readonly nint nextColumn = (nint)window.Dilation.Width * window.Channels;
    private readonly nint nextRow = (nint)window.Dilation.Height * window.Width * window.Channels;
    private readonly int outputHeight = window.OutputHeight, outputWidth = window.OutputWidth;
    private int blocks;

    public void Run()
    {
        const int operationsPerElement = 32;
        var parts = pass.Gradient == null ? ((window.Images * outputHeight) + RowsPerBlock - 1) / RowsPerBlock : window.Images;
        blocks = Math.Min(parts, BlockRunner.MaxBlocks);
        BlockRunner.Run(ref this, blocks, (long)operationsPerElement * window.Images * window.ImageSize);
    }

    // Not inlined: as part of a caller that the JIT compiles again with its profile, MaxBackwardPass took ten times as long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (row, endRow) = pass.Gradient == null ? BlockRunner.Part(window.Images * outputHeight, block, blocks) : RowsOfImages(block);
        for (; row < endRow; row++)
        {
            var (image, oy) = Math.DivRem(row, outputHeight);
            if (oy == 0 && pass.Gradient != null)
                new Span<float>(pass.Gradient + ((nint)image * window.ImageSize), window.ImageSize).Clear();
            var (top, begin, end) = window.OverlapRows(oy);
            var first = ((nint)image * window.ImageSize) + (((nint)top + (begin * window.Dilation.Height)) * imageRow);
            var output = (nint)row * outputWidth * window.Channels;
            for (var ox = 0; ox < outputWidth; ox++, output += window.Channels)
                RunWindow(first, output, top, end - begin, ox);
        }
    }

    private readonly (int First, int End) RowsOfImages(int block)
    {
        var (first, end) = BlockRunner.Part(window.Images, block, blocks);
        return (first * outputHeight, end * outputHeight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void RunWindow(nint first, nint output, int top, int rows, int ox)
    {
        var (left, begin, end) = window.OverlapColumns(ox);
        var area = new PoolingArea
        {
            First = first + (left * (nint)window.Channels) + (begin * nextColumn),
            Output = output,
            Rows = rows,
            Columns = end - begin,
            Averaged = window.CountsPadding ? window.PaddedPixels(top, left) : rows * (end - begin),
            NextColumn = nextColumn,
            NextRow = nextRow,
        };
        var channel = 0;
        for (; channel <= window.Channels - TVector.Count; channel += TVector.Count)
            RunLanes(area, channel, TVector.Zero, masked: false);
        if (channel < window.Channels)
            RunLanes(area, channel, TVector.Mask(window.Channels - channel), masked: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void RunLanes(PoolingArea area, int channel, TVector mask, bool masked) =>
        pass.Run(area with { First = area.First + channel, Output = area.Output + channel }, mask, masked);
}
