using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

internal enum PoolingPass
{
    Max,
    MaxBackward,
    Average,
    AverageBackward,
}

/// <summary>
/// One pass of pooling, image by image. The lanes are channels; a channel's values of one window are met in reading order.
/// </summary>
internal unsafe struct PoolingImages<TVector>(PoolingPass pass, SlidingWindow window, float* x, float* y, float* dy, float* dx) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private readonly int blocks = Math.Min(window.Images, BlockRunner.MaxBlocks);

    public void Run()
    {
        const int operationsPerElement = 32;
        BlockRunner.Run(ref this, blocks, (long)operationsPerElement * window.Images * window.ImageSize);
    }

    public readonly void Run(int block)
    {
        var (image, end) = BlockRunner.Part(window.Images, block, blocks);
        for (; image < end; image++)
        {
            if (dx != null)
                new Span<float>(dx + ((nint)image * window.ImageSize), window.ImageSize).Clear();
            for (var output = 0; output < window.OutputPixels; output++)
                RunWindow(image, output);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void RunWindow(int image, int output)
    {
        var (oy, ox) = Math.DivRem(output, window.OutputWidth);
        var (top, beginY, endY) = window.Overlap(oy, window.WindowHeight, window.Height);
        var (left, beginX, endX) = window.Overlap(ox, window.WindowWidth, window.Width);
        var area = new Area
        {
            First = ((nint)image * window.ImageSize) + ((((nint)top + beginY) * window.Width) + left + beginX) * window.Channels,
            Output = (((nint)image * window.OutputPixels) + output) * window.Channels,
            Rows = endY - beginY,
            Columns = endX - beginX,
            NextColumn = window.Channels,
            NextRow = (nint)window.Width * window.Channels,
        };
        var channel = 0;
        for (; channel <= window.Channels - TVector.Count; channel += TVector.Count)
            RunLanes(area, channel, TVector.Zero, masked: false);
        if (channel < window.Channels)
            RunLanes(area, channel, TVector.Mask(window.Channels - channel), masked: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void RunLanes(Area area, int channel, TVector mask, bool masked)
    {
        area.First += channel;
        area.Output += channel;
        switch (pass)
        {
            case PoolingPass.Max:
                Max(area, mask, masked);
                break;
            case PoolingPass.MaxBackward:
                MaxBackward(area, mask, masked);
                break;
            case PoolingPass.Average:
                Average(area, mask, masked);
                break;
            default:
                AverageBackward(area, mask, masked);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Max(Area area, TVector mask, bool masked)
    {
        var largest = TVector.Broadcast(float.NegativeInfinity);
        for (var row = 0; row < area.Rows; row++)
            for (var column = 0; column < area.Columns; column++)
                largest = TVector.Max(largest, Load(x + area.At(row, column), mask, masked));
        Store(y + area.Output, largest, mask, masked);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void MaxBackward(Area area, TVector mask, bool masked)
    {
        TVector largest = Load(y + area.Output, mask, masked), remaining = Load(dy + area.Output, mask, masked);
        for (var row = 0; row < area.Rows; row++)
            for (var column = 0; column < area.Columns; column++)
            {
                var at = area.At(row, column);
                var share = TVector.WhereEqual(Load(x + at, mask, masked), largest, remaining);
                remaining -= share;
                Store(dx + at, Load(dx + at, mask, masked) + share, mask, masked);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Average(Area area, TVector mask, bool masked)
    {
        var sum = TVector.Zero;
        for (var row = 0; row < area.Rows; row++)
            for (var column = 0; column < area.Columns; column++)
                sum += Load(x + area.At(row, column), mask, masked);
        Store(y + area.Output, sum * TVector.Broadcast(1f / (area.Rows * area.Columns)), mask, masked);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AverageBackward(Area area, TVector mask, bool masked)
    {
        var share = Load(dy + area.Output, mask, masked) * TVector.Broadcast(1f / (area.Rows * area.Columns));
        for (var row = 0; row < area.Rows; row++)
            for (var column = 0; column < area.Columns; column++)
            {
                var at = dx + area.At(row, column);
                Store(at, Load(at, mask, masked) + share, mask, masked);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load(float* source, TVector mask, bool masked) =>
        masked ? TVector.LoadMasked(source, mask) : TVector.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* destination, TVector value, TVector mask, bool masked)
    {
        if (masked)
            value.StoreMasked(destination, mask);
        else
            value.Store(destination);
    }

    /// <summary>The pixels of one window that exist, as distances from the first value of the batch, and its output.</summary>
    private struct Area
    {
        public nint First;
        public nint Output;
        public int Rows;
        public int Columns;
        public nint NextRow;
        public nint NextColumn;

        public readonly nint At(int row, int column) => First + (row * NextRow) + (column * NextColumn);
    }
}
