using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// One product cut into <paramref name="rowBlocks"/> by <paramref name="columnBlocks"/> blocks of C, each computed tile by tile.
/// </summary>
/// <remarks>
/// Within a block the depth is cut into pieces of at most 512, and a panel of B is used by all tiles of the block before the next: a piece
/// of the block's rows of A (at most 128 x 512 floats, 256 KB) stays in the second-level cache, and the 12 rows that a tile reads (24 KB)
/// in the first. Cutting the depth adds one load and one store of each element of C per piece, and no rounding.
/// While the tiles of one panel compute, they ask row by row for the next panel of B, and for what lies in it of C: rows that far apart are
/// not foreseen by the hardware, and would have to come from behind the second-level cache while a tile waits.
/// </remarks>
internal unsafe struct MatrixProductBlocks<TVector>(ProductOperands operands, int rowBlocks, int columnBlocks) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    /// <summary>The most rows that a block should have: all of a usual batch, so that B is read once.</summary>
    public const int MaxRows = 128;

    private const int MaxDepth = 512;

    // With fewer tiles each would have to ask for too much at once.
    private const int FewestTilesToPrefetch = 3;

    // Rows of a packed block are this much longer than needed, so that rows a power of two long do not meet in the same cache sets.
    private const int RowPadding = 16;

    /// <summary>Computes the whole product as one block.</summary>
    public static void RunOnThisThread(ProductOperands operands) => new MatrixProductBlocks<TVector>(operands, 1, 1).Run(0);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (columnBlock, rowBlock) = Math.DivRem(block, rowBlocks);
        var (firstRow, endRow) = BlockRunner.Part(operands.M, rowBlock, rowBlocks);
        var (firstPanel, endPanel) = BlockRunner.Part(MatrixProductTile<TVector>.Panels(operands.N), columnBlock, columnBlocks);
        var tiles = Tiles(endRow - firstRow);
        var prefetch = Simd.CanPrefetch && endPanel - firstPanel > 1 && tiles >= FewestTilesToPrefetch;
        var pieces = Math.Max(1, (operands.K + MaxDepth - 1) / MaxDepth);
        for (var piece = 0; piece < pieces; piece++)
        {
            var (firstDepth, endDepth) = BlockRunner.Part(operands.K, piece, pieces);
            var depth = endDepth - firstDepth;
            var runDepth = prefetch ? tiles : depth;   // then all tiles together ask for about every row of the next panel
            var tile = new TileOperands
            {
                Depth = depth,
                RunDepth = runDepth,
                ARow = operands.ARow,
                ADepth = operands.ADepth,
                ARun = runDepth * operands.ADepth,
                BDepth = operands.BDepth,
                CRow = operands.CRow,
                StartRow = piece == 0 ? 0 : operands.CRow,
                Floor = operands.Relu && piece == pieces - 1 ? 0 : float.NegativeInfinity,
            };
            var start = piece == 0 ? operands.Bias : operands.C;
            var a = operands.A + (firstRow * operands.ARow) + (firstDepth * operands.ADepth);
            if (operands.PackA)
                a = PackRows(a, endRow - firstRow, ref tile);
            for (var panel = firstPanel; panel < endPanel; panel++)
            {
                var column = panel * MatrixProductTile<TVector>.Columns;
                var b = operands.B + (panel * operands.BPanel) + (firstDepth * operands.BDepth);
                var c = operands.C + (firstRow * operands.CRow) + column;
                var panelStart = start == null ? null : start + (firstRow * tile.StartRow) + column;
                if (endRow - firstRow == 1 && panel + MatrixProductWideRow<TVector>.Panels <= FullPanels(endPanel))
                {
                    MatrixProductWideRow<TVector>.Compute(&tile, a, b, operands.BPanel, c, panelStart);
                    panel += MatrixProductWideRow<TVector>.Panels - 1;
                }
                else
                {
                    var columns = Math.Min(MatrixProductTile<TVector>.Columns, operands.N - column);
                    tile.NextB = prefetch && panel + 1 < endPanel ? b + operands.BPanel : null;
                    ComputePanel(&tile, endRow - firstRow, columns, a, b, c, panelStart);
                }
            }
        }
    }

    /// <summary>Tiles of nearly equal height: a last tile of one or two rows would use few of the registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ComputePanel(TileOperands* tile, int rows, int columns, float* a, float* b, float* c, float* start)
    {
        var tiles = Tiles(rows);
        var (height, taller) = Math.DivRem(rows, tiles);
        for (var i = 0; i < tiles; i++)
        {
            var tileRows = i < taller ? height + 1 : height;
            MatrixProductTile<TVector>.Compute(tile, tileRows, columns, a, b, c, start);
            a += tileRows * tile->ARow;
            c += tileRows * tile->CRow;
            if (start != null)
                start += tileRows * tile->StartRow;
        }
    }

    /// <summary>All panels of a B that is read in place, one after the other; <paramref name="start"/> has columns as C has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ComputePanels(TileOperands* tile, int rows, int columns, float* a, float* b, float* c, float* start)
    {
        for (var column = 0; column < columns; column += MatrixProductTile<TVector>.Columns)
        {
            var width = Math.Min(MatrixProductTile<TVector>.Columns, columns - column);
            ComputePanel(tile, rows, width, a, b + column, c + column, start == null ? null : start + column);
        }
    }

    private static int Tiles(int rows) => (rows + MatrixProductTile<TVector>.MaxRows - 1) / MatrixProductTile<TVector>.MaxRows;

    private readonly int FullPanels(int endPanel) => Math.Min(endPanel, operands.N / MatrixProductTile<TVector>.Columns);

    private static float* PackRows(float* a, int rows, ref TileOperands tile)
    {
        var packedRow = tile.Depth + RowPadding;
        var packed = ScratchBuffer.Rows.AtLeast(rows * (int)packedRow);
        for (var row = 0; row < rows; row++)
        {
            var source = new ReadOnlySpan<float>(a + (row * tile.ARow), (int)tile.Depth);
            source.CopyTo(new Span<float>(packed + (row * packedRow), (int)tile.Depth));
        }

        tile.ARow = packedRow;
        return packed;
    }
}
