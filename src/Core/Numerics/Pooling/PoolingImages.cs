using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>One pass of pooling, image by image. The lanes are channels.</summary>
internal unsafe struct PoolingImages<TVector, TPass>(SlidingWindow window, TPass pass) : IBlockJob
    where TVector : struct, ISimd<TVector>
    where TPass : struct, IPoolingPass
{
    private readonly int blocks = Math.Min(window.Images, BlockRunner.MaxBlocks);

    public void Run()
    {
        const int operationsPerElement = 32;
        BlockRunner.Run(ref this, blocks, (long)operationsPerElement * window.Images * window.ImageSize);
    }

    // Not inlined: as part of a caller that the JIT compiles again with its profile, MaxBackwardPass took ten times as long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (image, end) = BlockRunner.Part(window.Images, block, blocks);
        for (; image < end; image++)
        {
            if (pass.Gradient != null)
                new Span<float>(pass.Gradient + ((nint)image * window.ImageSize), window.ImageSize).Clear();
            for (var output = 0; output < window.OutputPixels; output++)
                RunWindow(image, output);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void RunWindow(int image, int output)
    {
        var (oy, ox) = Math.DivRem(output, window.OutputWidth);
        var (top, beginY, endY) = window.OverlapRows(oy);
        var (left, beginX, endX) = window.OverlapColumns(ox);
        int firstRow = top + (beginY * window.Dilation.Height), firstColumn = left + (beginX * window.Dilation.Width);
        var area = new PoolingArea
        {
            First = ((nint)image * window.ImageSize) + ((((nint)firstRow * window.Width) + firstColumn) * window.Channels),
            Output = (((nint)image * window.OutputPixels) + output) * window.Channels,
            Rows = endY - beginY,
            Columns = endX - beginX,
            Averaged = window.AveragedPixels(top, left, (endY - beginY) * (endX - beginX)),
            NextColumn = (nint)window.Dilation.Width * window.Channels,
            NextRow = (nint)window.Dilation.Height * window.Width * window.Channels,
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
