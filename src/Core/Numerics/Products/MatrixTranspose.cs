using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Transposition in squares of 4 x 4, the largest that every vector instruction set turns within its registers; with vectors of a whole
/// cache line in squares of 16 x 16, so that each line is read once and written once.
/// </summary>
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
                float* source = from + (row * fromRow) + column, target = to + (column * toRow) + row;
                if (Avx512F.IsSupported && blockRows == BlockSide && blockColumns == BlockSide)
                    CopyLines(source, fromRow, target, toRow);
                else
                    CopyBlock(source, fromRow, blockRows, blockColumns, target, toRow);
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

    /// <summary>
    /// 16 x 16 at once. Lanes of four values each: first 4 x 4 values are turned within all lanes of four rows, then the lanes themselves.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyLines(float* from, nint fromRow, float* to, nint toRow)
    {
        TurnInLanes(from, fromRow, out var a0, out var a1, out var a2, out var a3);
        TurnInLanes(from + (4 * fromRow), fromRow, out var b0, out var b1, out var b2, out var b3);
        TurnInLanes(from + (8 * fromRow), fromRow, out var c0, out var c1, out var c2, out var c3);
        TurnInLanes(from + (12 * fromRow), fromRow, out var d0, out var d1, out var d2, out var d3);
        TurnLanes(a0, b0, c0, d0, to, toRow);
        TurnLanes(a1, b1, c1, d1, to + toRow, toRow);
        TurnLanes(a2, b2, c2, d2, to + (2 * toRow), toRow);
        TurnLanes(a3, b3, c3, d3, to + (3 * toRow), toRow);
    }

    /// <summary>Lane l of column i holds the values of the four rows in column 4 * l + i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnInLanes(
        float* from, nint fromRow, out Vector512<float> column0, out Vector512<float> column1, out Vector512<float> column2,
        out Vector512<float> column3)
    {
        Vector512<float> row0 = Vector512.Load(from), row1 = Vector512.Load(from + fromRow);
        Vector512<float> row2 = Vector512.Load(from + (2 * fromRow)), row3 = Vector512.Load(from + (3 * fromRow));
        Vector512<float> low02 = Avx512F.UnpackLow(row0, row2), high02 = Avx512F.UnpackHigh(row0, row2);
        Vector512<float> low13 = Avx512F.UnpackLow(row1, row3), high13 = Avx512F.UnpackHigh(row1, row3);
        column0 = Avx512F.UnpackLow(low02, low13);
        column1 = Avx512F.UnpackHigh(low02, low13);
        column2 = Avx512F.UnpackLow(high02, high13);
        column3 = Avx512F.UnpackHigh(high02, high13);
    }

    /// <summary>Row 4 * l of the result is lane l of all four: every fourth row, from the first one given on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnLanes(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to, nint toRow)
    {
        const byte firstLanes = 0b_01_00_01_00, lastLanes = 0b_11_10_11_10, even = 0b_10_00_10_00, odd = 0b_11_01_11_01;
        Vector512<float> ab01 = Avx512F.Shuffle4x128(a, b, firstLanes), ab23 = Avx512F.Shuffle4x128(a, b, lastLanes);
        Vector512<float> cd01 = Avx512F.Shuffle4x128(c, d, firstLanes), cd23 = Avx512F.Shuffle4x128(c, d, lastLanes);
        Avx512F.Shuffle4x128(ab01, cd01, even).Store(to);
        Avx512F.Shuffle4x128(ab01, cd01, odd).Store(to + (4 * toRow));
        Avx512F.Shuffle4x128(ab23, cd23, even).Store(to + (8 * toRow));
        Avx512F.Shuffle4x128(ab23, cd23, odd).Store(to + (12 * toRow));
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
