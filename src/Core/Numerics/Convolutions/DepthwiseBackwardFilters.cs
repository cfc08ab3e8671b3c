using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// dFilters[ky, kx, c] = sum over the outputs of x under (ky, kx) * dy of channel c. The sums run over the rows of all outputs, in
/// <see cref="ConvolutionPieces"/>; within a row in four sums that do not wait for each other.
/// </summary>
internal unsafe struct DepthwiseBackwardFilters<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private readonly SlidingWindow window = operands.Window;
    private readonly int rows = operands.Window.Images * operands.Window.OutputHeight;
    private ConvolutionPieces pieces;

    public void Run()
    {
        pieces = new ConvolutionPieces(operands, rows, operands.Filters);
        BlockRunner.Run(ref this, pieces.Count, operands.Operations);
        pieces.Add<TVector>(operands.FilterMatrix);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (row, end) = BlockRunner.Part(rows, block, pieces.Count);
        pieces.Clear(block);
        for (; row < end; row++)
        {
            var (image, oy) = Math.DivRem(row, window.OutputHeight);
            AddRow(image, oy, pieces[block]);
        }
    }

    private readonly void AddRow(int image, int oy, float* sums)
    {
        var (top, beginY, endY) = window.OverlapRows(oy);
        nint channels = window.Channels;
        for (var ky = beginY; ky < endY; ky++)
        {
            var x = operands.Images + ((nint)image * window.ImageSize)
                + (((nint)top + (ky * window.Dilation.Height)) * window.Width * channels);
            for (var kx = 0; kx < window.WindowWidth; kx++)
            {
                // The outputs whose pixel under kx lies within the image: 0 <= ox * stride + offset < width.
                var (offset, stride) = ((kx * window.Dilation.Width) - window.Padding.Left, window.Stride.Width);
                var first = offset >= 0 ? 0 : (stride - 1 - offset) / stride;
                var end = offset >= window.Width ? 0 : Math.Min(window.OutputWidth, ((window.Width - 1 - offset) / stride) + 1);
                if (first < end)
                    AddTap(
                        x + (((nint)first * stride) + offset) * channels, operands.OutputRow(image, oy) + (first * channels), end - first,
                        sums + (((ky * window.WindowWidth) + kx) * channels));
            }
        }
    }

    private readonly void AddTap(float* x, float* dy, int pixels, float* sum)
    {
        nint channels = window.Channels, c = 0;
        for (; c <= channels - TVector.Count; c += TVector.Count)
            AddLanes(x + c, dy + c, pixels, sum + c, TVector.Zero, masked: false);
        if (c < channels)
            AddLanes(x + c, dy + c, pixels, sum + c, TVector.Mask(channels - c), masked: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AddLanes(float* x, float* dy, int pixels, float* sum, TVector mask, bool masked)
    {
        nint channels = window.Channels, step = window.Stride.Width * channels;
        TVector sum0 = PoolingLanes.Load(sum, mask, masked), sum1 = TVector.Zero, sum2 = TVector.Zero, sum3 = TVector.Zero;
        for (; pixels >= 4; pixels -= 4, x += 4 * step, dy += 4 * channels)
        {
            sum0 = Add(x, dy, sum0, mask, masked);
            sum1 = Add(x + step, dy + channels, sum1, mask, masked);
            sum2 = Add(x + (2 * step), dy + (2 * channels), sum2, mask, masked);
            sum3 = Add(x + (3 * step), dy + (3 * channels), sum3, mask, masked);
        }

        for (; pixels > 0; pixels--, x += step, dy += channels)
            sum0 = Add(x, dy, sum0, mask, masked);
        PoolingLanes.Store(sum, sum0 + sum1 + (sum2 + sum3), mask, masked);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Add(float* x, float* dy, TVector sum, TVector mask, bool masked) =>
        TVector.MultiplyAdd(PoolingLanes.Load(x, mask, masked), PoolingLanes.Load(dy, mask, masked), sum);
}
