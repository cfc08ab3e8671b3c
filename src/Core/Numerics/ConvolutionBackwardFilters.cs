using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// dFilters[ky] = sum over output rows oy of x[oy * stride + ky]^T * dy[oy], where x is the padded image read in place as in
/// <see cref="ConvolutionForward{TVector}"/>: [windowWidth * channels, outputWidth] times [outputWidth, filters].
/// </summary>
/// <remarks>
/// The result is small and the sum over pixels long, so pieces of the bands are summed apart and added up in order; how many pieces there
/// are depends on the shape alone, so the sum is the same for every number of threads.
/// </remarks>
internal unsafe struct ConvolutionBackwardFilters<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int MostPieces = 16;
    private const int LeastPieces = 2;
    private const int PieceElements = 1 << 22;

    // Output pixels that all tiles use before the next: dy of 128 pixels and 32 filters is 16 KB, half of the first-level cache.
    private const int PixelsTogether = 128;

    private readonly ConvolutionBands bands = new(operands.Window);
    private readonly int size = operands.Window.PatchSize * operands.Filters;
    private int pieces;
    private float* sums;

    public void Run()
    {
        pieces = Math.Clamp(bands.Count, 1, Math.Clamp(PieceElements / size, LeastPieces, MostPieces));
        sums = ScratchBuffer.Partials.AtLeast(pieces * size);
        RowPartition.Run(ref this, pieces, operands.Operations);
        AddPieces();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int block)
    {
        var (band, endBand) = RowPartition.Part(bands.Count, block, pieces);
        var rowsTogether = Math.Max(1, PixelsTogether / operands.Window.OutputWidth);
        var sum = sums + ((nint)block * size);
        new Span<float>(sum, size).Clear();
        for (; band < endBand; band++)
        {
            var (image, first, end) = bands[band];
            var x = bands.Rows<TVector>(operands.Images, image, first, end);
            for (int row = first, next; row < end; row = next)
            {
                next = Math.Min(end, row + rowsTogether);
                var rows = x + ((nint)(row - first) * operands.Window.Stride * bands.RowLength);
                AddRows(rows, operands.OutputRow(image, row), next - row, sum);
            }
        }
    }

    private readonly void AddRows(float* x, float* dy, int rows, float* sum)
    {
        var window = operands.Window;
        var patchRow = window.WindowWidth * window.Channels;
        var tile = new TileOperands
        {
            Depth = window.OutputWidth,
            Runs = rows,
            ARow = 1,
            ADepth = (nint)window.Stride * window.Channels,
            ARun = (nint)window.Stride * bands.RowLength,
            BDepth = operands.Filters,
            CRow = operands.Filters,
            StartRow = operands.Filters,
            Floor = float.NegativeInfinity,
        };
        for (var ky = 0; ky < window.WindowHeight; ky++)
        {
            for (var column = 0; column < operands.Filters; column += MatrixProductTile<TVector>.Columns)
            {
                var columns = Math.Min(MatrixProductTile<TVector>.Columns, operands.Filters - column);
                MatrixProductBlocks<TVector>.ComputePanel(&tile, patchRow, columns, x, dy + column, sum + column, sum + column);
            }

            x += bands.RowLength;
            sum += (nint)patchRow * operands.Filters;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void AddPieces()
    {
        nint i = 0;
        for (; i <= size - TVector.Count; i += TVector.Count)
        {
            var sum = TVector.Load(sums + i);
            for (nint piece = 1; piece < pieces; piece++)
                sum += TVector.Load(sums + (piece * size) + i);
            sum.Store(operands.FilterMatrix + i);
        }

        for (; i < size; i++)
        {
            var sum = sums[i];
            for (nint piece = 1; piece < pieces; piece++)
                sum += sums[(piece * size) + i];
            operands.FilterMatrix[i] = sum;
        }
    }
}
