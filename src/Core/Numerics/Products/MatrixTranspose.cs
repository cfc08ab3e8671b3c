using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Transposition in squares of 4 x 4, the largest that every vector instruction set turns within its registers.</summary>
internal static unsafe class MatrixTranspose
{
    private const int Side = 4;

    // Squares that lie together are turned one after the other, so that the cache lines on both sides, 64 bytes, are used whole: where rows
    // are a power of two long they meet in the same cache sets and would be gone before the next square needed them.
    private const int BlockSide = 4 * Side;

    /// <summary>to[column, row] = from[row, column], both stored row by row without gaps.</summary>
    public static void Copy(ReadOnlySpan<float> from, int rows, Span<float> to)
    {
        SpanLength.RequireRows(from, rows);
        fixed (float* source = from, target = to[..from.Length])
            Copy(source, from.Length / rows, rows, from.Length / rows, target, rows);
    }

    /// <summary>
    /// to[column, row] = from[row, column]; rows are <paramref name="fromRow"/> apart, those of the copy <paramref name="toRow"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* from, nint fromRow, int rows, int columns, float* to, nint toRow)
    {
        var squareRows = rows - (rows % Side);
        var squareColumns = columns - (columns % Side);
        for (var row = 0; row < squareRows; row += BlockSide)
            for (var column = 0; column < squareColumns; column += BlockSide)
            {
                int blockRows = Math.Min(BlockSide, squareRows - row), blockColumns = Math.Min(BlockSide, squareColumns - column);
                CopyBlock(from + (row * fromRow) + column, fromRow, blockRows, blockColumns, to + (column * toRow) + row, toRow);
            }

        CopyElements(from, fromRow, to, toRow, 0, squareRows, squareColumns, columns);
        CopyElements(from, fromRow, to, toRow, squareRows, rows, 0, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyBlock(float* from, nint fromRow, int rows, int columns, float* to, nint toRow)
    {
        for (var column = 0; column < columns; column += Side, from += Side, to += Side * toRow)
        {
            var source = from;
            for (var row = 0; row < rows; row += Side, source += Side * fromRow)
                CopySquare(source, fromRow, to + row, toRow);
        }
    }

    private static void CopyElements(
        float* from, nint fromRow, float* to, nint toRow, int firstRow, int endRow, int firstColumn, int endColumn)
    {
        for (var row = firstRow; row < endRow; row++)
            for (var column = firstColumn; column < endColumn; column++)
                to[(column * toRow) + row] = from[(row * fromRow) + column];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopySquare(float* from, nint fromRow, float* to, nint toRow)
    {
        Vector128<float> row0 = Vector128.Load(from), row1 = Vector128.Load(from + fromRow);
        Vector128<float> row2 = Vector128.Load(from + (2 * fromRow)), row3 = Vector128.Load(from + (3 * fromRow));
        Vector128<float> low02 = InterleaveLow(row0, row2), high02 = InterleaveHigh(row0, row2);
        Vector128<float> low13 = InterleaveLow(row1, row3), high13 = InterleaveHigh(row1, row3);
        InterleaveLow(low02, low13).Store(to);
        InterleaveHigh(low02, low13).Store(to + toRow);
        InterleaveLow(high02, high13).Store(to + (2 * toRow));
        InterleaveHigh(high02, high13).Store(to + (3 * toRow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.UnpackLow(left, right)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(left, right)
        : Vector128.Create(left[0], right[0], left[1], right[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.UnpackHigh(left, right)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(left, right)
        : Vector128.Create(left[2], right[2], left[3], right[3]);
}
