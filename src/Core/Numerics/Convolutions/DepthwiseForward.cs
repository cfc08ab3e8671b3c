using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// A convolution with a filter for each channel: y[oy, ox, c] = bias[c] + sum over ky, kx of
/// x[oy * stride - padding + ky * dilation, ox * stride - padding + kx * dilation, c] * filters[ky, kx, c]. Such sums are too short for a
/// product of matrices. The lanes are channels; four neighbouring outputs use each weight that was loaded.
/// </summary>
/// <remarks>Each output is one chain of multiply-adds in the order of ky and kx, whichever way it is computed.</remarks>
internal unsafe struct DepthwiseForward<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int PixelsTogether = 4;

    private readonly SlidingWindow window = operands.Window;
    private readonly int rows = operands.Window.Images * operands.Window.OutputHeight;
    private readonly int blocks = Math.Min(operands.Window.Images * operands.Window.OutputHeight, BlockRunner.MaxBlocks);
    private readonly float floor = operands.Relu ? 0 : float.NegativeInfinity;

    public void Run() => BlockRunner.Run(ref this, blocks, operands.Operations);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (row, end) = BlockRunner.Part(rows, block, blocks);
        for (; row < end; row++)
        {
            var (image, oy) = Math.DivRem(row, window.OutputHeight);
            RunRow(image, oy);
        }
    }

    private readonly void RunRow(int image, int oy)
    {
        var (top, beginY, endY) = window.OverlapRows(oy);
        var x = operands.Images + ((nint)image * window.ImageSize);
        nint channels = window.Channels;
        var width = window.OutputWidth;
        for (int ox = 0, next; ox < width; ox = next)
        {
            var (left, beginX, endX) = window.OverlapColumns(ox);
            var isWhole = left >= 0 && left + ((PixelsTogether - 1) * window.Stride.Width) + window.SpanWidth <= window.Width;
            next = isWhole && ox + PixelsTogether <= width ? ox + PixelsTogether : ox + 1;
            int firstRow = top + (beginY * window.Dilation.Height), firstColumn = left + (beginX * window.Dilation.Width);
            var area = new DepthwiseArea
            {
                First = x + ((((nint)firstRow * window.Width) + firstColumn) * channels),
                Filter = operands.FilterMatrix + (((beginY * window.WindowWidth) + beginX) * channels),
                Output = operands.OutputRow(image, oy) + (ox * channels),
                Rows = endY - beginY,
                Columns = endX - beginX,
            };
            nint c = 0;
            for (; c <= channels - TVector.Count; c += TVector.Count)
                RunLanes(area, c, next - ox, TVector.Zero, masked: false);
            if (c < channels)
                RunLanes(area, c, next - ox, TVector.Mask(channels - c), masked: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void RunLanes(DepthwiseArea area, nint channel, int pixels, TVector mask, bool masked)
    {
        if (pixels == PixelsTogether)
            RunFour(area, channel, mask, masked);
        else
            RunOne(area, channel, mask, masked);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void RunOne(DepthwiseArea area, nint channel, TVector mask, bool masked)
    {
        nint channels = window.Channels, nextColumn = window.Dilation.Width * channels, nextRow = RowDistance;
        var sum = Start(channel, mask, masked);
        for (var ky = 0; ky < area.Rows; ky++)
        {
            float* x = area.First + (ky * nextRow) + channel, filter = area.Filter + (ky * window.WindowWidth * channels) + channel;
            for (var kx = 0; kx < area.Columns; kx++, x += nextColumn, filter += channels)
                sum.AddProduct(PoolingLanes.Load(x, mask, masked), PoolingLanes.Load(filter, mask, masked));
        }

        Store(area.Output + channel, sum, mask, masked);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void RunFour(DepthwiseArea area, nint channel, TVector mask, bool masked)
    {
        nint channels = window.Channels, nextColumn = window.Dilation.Width * channels, nextRow = RowDistance;
        nint step = window.Stride.Width * channels;
        TVector sum0 = Start(channel, mask, masked), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (var ky = 0; ky < area.Rows; ky++)
        {
            float* x = area.First + (ky * nextRow) + channel, filter = area.Filter + (ky * window.WindowWidth * channels) + channel;
            for (var kx = 0; kx < area.Columns; kx++, x += nextColumn, filter += channels)
            {
                var weight = PoolingLanes.Load(filter, mask, masked);
                sum0.AddProduct(PoolingLanes.Load(x, mask, masked), weight);
                sum1.AddProduct(PoolingLanes.Load(x + step, mask, masked), weight);
                sum2.AddProduct(PoolingLanes.Load(x + (2 * step), mask, masked), weight);
                sum3.AddProduct(PoolingLanes.Load(x + (3 * step), mask, masked), weight);
            }
        }

        var output = area.Output + channel;
        Store(output, sum0, mask, masked);
        Store(output + channels, sum1, mask, masked);
        Store(output + (2 * channels), sum2, mask, masked);
        Store(output + (3 * channels), sum3, mask, masked);
    }

    private readonly nint RowDistance => (nint)window.Dilation.Height * window.Width * window.Channels;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly TVector Start(nint channel, TVector mask, bool masked) =>
        operands.Bias == null ? TVector.Zero : PoolingLanes.Load(operands.Bias + channel, mask, masked);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Store(float* output, TVector sum, TVector mask, bool masked) =>
        PoolingLanes.Store(output, TVector.AtLeast(TVector.Broadcast(floor), sum), mask, masked);
}

/// <summary>The pixels of a window that exist and their weights: the first of each, and how many there are.</summary>
internal unsafe struct DepthwiseArea
{
    public float* First;
    public float* Filter;
    public float* Output;
    public int Rows;
    public int Columns;
}
