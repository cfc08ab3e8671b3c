using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// C[r, j] = max(floor, start[r, j] + sum over d of A[r, d] * B[d, j]) for a tile of C that stays in registers: up to 12 rows (6 where the
/// machine has only 16 registers) by two vectors of columns. 12 x 2 accumulators, two vectors of B and one broadcast element of A are 27 of
/// 32 registers; each element of A is used twice and each of B 12 times per load, and 24 independent sums hide the latency of the fused
/// multiply-add.
/// </summary>
/// <remarks>
/// Each element is one chain of multiply-adds in the order of d that begins with its start value. It is therefore the same to the last bit
/// whatever the tile, the blocking, the number of threads or the number of rows.
/// </remarks>
internal static unsafe class MatrixProductTile<TVector>
    where TVector : struct, ISimd<TVector>
{
    private const int LargestRows = 12;

    /// <summary>Rows of the largest tile that fits the registers.</summary>
    public static int MaxRows => TVector.Registers >= 32 ? LargestRows : 6;

    /// <summary>Columns of a full tile, and of the panels that B is cut into.</summary>
    public static int Columns => 2 * TVector.Count;

    /// <summary>One kernel per number of rows (first index, from 1) and kind of columns; compiled when first used.</summary>
    private static readonly delegate*<TileOperands*, float*, float*, float*, float*, nint, void>[] Kernels =
    [
        &Run<OneRow, BothFull>, &Run<OneRow, SecondMasked>, &Run<OneRow, OneFull>, &Run<OneRow, OneMasked>,
        &Run<TwoRows, BothFull>, &Run<TwoRows, SecondMasked>, &Run<TwoRows, OneFull>, &Run<TwoRows, OneMasked>,
        &Run<ThreeRows, BothFull>, &Run<ThreeRows, SecondMasked>, &Run<ThreeRows, OneFull>, &Run<ThreeRows, OneMasked>,
        &Run<FourRows, BothFull>, &Run<FourRows, SecondMasked>, &Run<FourRows, OneFull>, &Run<FourRows, OneMasked>,
        &Run<FiveRows, BothFull>, &Run<FiveRows, SecondMasked>, &Run<FiveRows, OneFull>, &Run<FiveRows, OneMasked>,
        &Run<SixRows, BothFull>, &Run<SixRows, SecondMasked>, &Run<SixRows, OneFull>, &Run<SixRows, OneMasked>,
        &Run<SevenRows, BothFull>, &Run<SevenRows, SecondMasked>, &Run<SevenRows, OneFull>, &Run<SevenRows, OneMasked>,
        &Run<EightRows, BothFull>, &Run<EightRows, SecondMasked>, &Run<EightRows, OneFull>, &Run<EightRows, OneMasked>,
        &Run<NineRows, BothFull>, &Run<NineRows, SecondMasked>, &Run<NineRows, OneFull>, &Run<NineRows, OneMasked>,
        &Run<TenRows, BothFull>, &Run<TenRows, SecondMasked>, &Run<TenRows, OneFull>, &Run<TenRows, OneMasked>,
        &Run<ElevenRows, BothFull>, &Run<ElevenRows, SecondMasked>, &Run<ElevenRows, OneFull>, &Run<ElevenRows, OneMasked>,
        &Run<TwelveRows, BothFull>, &Run<TwelveRows, SecondMasked>, &Run<TwelveRows, OneFull>, &Run<TwelveRows, OneMasked>,
    ];

    /// <summary>Number of panels that <paramref name="columns"/> columns need.</summary>
    public static int Panels(int columns) => (columns + Columns - 1) / Columns;

    /// <summary>
    /// Computes the tile of <paramref name="rows"/> rows and <paramref name="columns"/> columns whose first elements are given.
    /// </summary>
    /// <param name="operands">Strides and depth.</param>
    /// <param name="rows">1 to <see cref="MaxRows"/>.</param>
    /// <param name="columns">1 to <see cref="Columns"/>.</param>
    /// <param name="a">First row of A.</param>
    /// <param name="b">First column of B.</param>
    /// <param name="c">First element of the result.</param>
    /// <param name="start">Value that the first sum starts from; null for 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute(TileOperands* operands, int rows, int columns, float* a, float* b, float* c, float* start)
    {
        // Some processors compute the widest vectors in two halves: where one half holds all columns, they save the other.
        if (TVector.Count > Floats8.Count && columns <= Floats8.Count)
        {
            MatrixProductTile<Floats8>.Compute(operands, rows, columns, a, b, c, start);
            return;
        }

        var kind = columns == Columns ? 0 : columns > TVector.Count ? 1 : columns == TVector.Count ? 2 : 3;
        Kernels[4 * (rows - 1) + kind](operands, a, b, c, start, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TRows, TColumns>(TileOperands* operands, float* a, float* b, float* c, float* start, nint columns)
        where TRows : unmanaged, ITileRows
        where TColumns : struct, ITileColumns
    {
        var mask = typeof(TColumns) == typeof(OneMasked) ? TVector.Mask(columns)
            : typeof(TColumns) == typeof(SecondMasked) ? TVector.Mask(columns - TVector.Count)
            : TVector.Zero;
        TVector c00 = TVector.Zero, c01 = TVector.Zero;
        TVector c10 = TVector.Zero, c11 = TVector.Zero;
        TVector c20 = TVector.Zero, c21 = TVector.Zero;
        TVector c30 = TVector.Zero, c31 = TVector.Zero;
        TVector c40 = TVector.Zero, c41 = TVector.Zero;
        TVector c50 = TVector.Zero, c51 = TVector.Zero;
        TVector c60 = TVector.Zero, c61 = TVector.Zero;
        TVector c70 = TVector.Zero, c71 = TVector.Zero;
        TVector c80 = TVector.Zero, c81 = TVector.Zero;
        TVector c90 = TVector.Zero, c91 = TVector.Zero;
        TVector c100 = TVector.Zero, c101 = TVector.Zero;
        TVector c110 = TVector.Zero, c111 = TVector.Zero;
        if (start != null)
        {
            var stride = operands->StartRow;
            (c00, c01) = (First<TColumns>(start, mask), Second<TColumns>(start, mask));
            if (sizeof(TRows) > 1) (c10, c11) = (First<TColumns>(start + stride, mask), Second<TColumns>(start + stride, mask));
            if (sizeof(TRows) > 2) (c20, c21) = (First<TColumns>(start + 2 * stride, mask), Second<TColumns>(start + 2 * stride, mask));
            if (sizeof(TRows) > 3) (c30, c31) = (First<TColumns>(start + 3 * stride, mask), Second<TColumns>(start + 3 * stride, mask));
            if (sizeof(TRows) > 4) (c40, c41) = (First<TColumns>(start + 4 * stride, mask), Second<TColumns>(start + 4 * stride, mask));
            if (sizeof(TRows) > 5) (c50, c51) = (First<TColumns>(start + 5 * stride, mask), Second<TColumns>(start + 5 * stride, mask));
            if (sizeof(TRows) > 6) (c60, c61) = (First<TColumns>(start + 6 * stride, mask), Second<TColumns>(start + 6 * stride, mask));
            if (sizeof(TRows) > 7) (c70, c71) = (First<TColumns>(start + 7 * stride, mask), Second<TColumns>(start + 7 * stride, mask));
            if (sizeof(TRows) > 8) (c80, c81) = (First<TColumns>(start + 8 * stride, mask), Second<TColumns>(start + 8 * stride, mask));
            if (sizeof(TRows) > 9) (c90, c91) = (First<TColumns>(start + 9 * stride, mask), Second<TColumns>(start + 9 * stride, mask));
            if (sizeof(TRows) > 10)
                (c100, c101) = (First<TColumns>(start + 10 * stride, mask), Second<TColumns>(start + 10 * stride, mask));
            if (sizeof(TRows) > 11)
                (c110, c111) = (First<TColumns>(start + 11 * stride, mask), Second<TColumns>(start + 11 * stride, mask));
        }

        // Three row pointers and one stride reach 12 rows within the addressing modes of the processor, which leaves registers for the
        // loop.
        nint row = operands->ARow * sizeof(float), row3 = 3 * row;
        nint nextA = operands->ADepth * sizeof(float), nextB = operands->BDepth * sizeof(float);
        nint depths = operands->RunDepth, skipped = (operands->ARun - (depths * operands->ADepth)) * sizeof(float);
        byte* a0 = (byte*)a, a4 = a0 + 4 * row, a8 = a4 + 4 * row;
        float* aheadB = operands->NextB, aheadC = c + Columns;
        var aheadRows = sizeof(TRows);
        for (var left = operands->Depth; left > 0; left -= depths)
        {
            if (aheadB != null)
            {
                Simd.Prefetch(aheadB);
                Simd.Prefetch(aheadB + TVector.Count);
                aheadB = (float*)((byte*)aheadB + nextB);
                if (aheadRows-- > 0)
                {
                    Simd.Prefetch(aheadC);
                    Simd.Prefetch(aheadC + TVector.Count);
                    aheadC += operands->CRow;
                }
            }

            for (var depth = Math.Min(left, depths); depth != 0; depth--)
            {
                TVector b0 = First<TColumns>(b, mask), b1 = Second<TColumns>(b, mask);
                MultiplyAddRow<TColumns>(a0, b0, b1, ref c00, ref c01);
                if (sizeof(TRows) > 1) MultiplyAddRow<TColumns>(a0 + row, b0, b1, ref c10, ref c11);
                if (sizeof(TRows) > 2) MultiplyAddRow<TColumns>(a0 + 2 * row, b0, b1, ref c20, ref c21);
                if (sizeof(TRows) > 3) MultiplyAddRow<TColumns>(a0 + row3, b0, b1, ref c30, ref c31);
                if (sizeof(TRows) > 4) MultiplyAddRow<TColumns>(a4, b0, b1, ref c40, ref c41);
                if (sizeof(TRows) > 5) MultiplyAddRow<TColumns>(a4 + row, b0, b1, ref c50, ref c51);
                if (sizeof(TRows) > 6) MultiplyAddRow<TColumns>(a4 + 2 * row, b0, b1, ref c60, ref c61);
                if (sizeof(TRows) > 7) MultiplyAddRow<TColumns>(a4 + row3, b0, b1, ref c70, ref c71);
                if (sizeof(TRows) > 8) MultiplyAddRow<TColumns>(a8, b0, b1, ref c80, ref c81);
                if (sizeof(TRows) > 9) MultiplyAddRow<TColumns>(a8 + row, b0, b1, ref c90, ref c91);
                if (sizeof(TRows) > 10) MultiplyAddRow<TColumns>(a8 + 2 * row, b0, b1, ref c100, ref c101);
                if (sizeof(TRows) > 11) MultiplyAddRow<TColumns>(a8 + row3, b0, b1, ref c110, ref c111);
                a0 += nextA;
                if (sizeof(TRows) > 4) a4 += nextA;
                if (sizeof(TRows) > 8) a8 += nextA;
                b = (float*)((byte*)b + nextB);
            }

            a0 += skipped;
            if (sizeof(TRows) > 4) a4 += skipped;
            if (sizeof(TRows) > 8) a8 += skipped;
        }

        operands->NextB = aheadB;
        var floor = TVector.Broadcast(operands->Floor);
        var nextC = operands->CRow;
        StoreRow<TColumns>(c, mask, TVector.AtLeast(floor, c00), TVector.AtLeast(floor, c01));
        if (sizeof(TRows) > 1) StoreRow<TColumns>(c + nextC, mask, TVector.AtLeast(floor, c10), TVector.AtLeast(floor, c11));
        if (sizeof(TRows) > 2) StoreRow<TColumns>(c + 2 * nextC, mask, TVector.AtLeast(floor, c20), TVector.AtLeast(floor, c21));
        if (sizeof(TRows) > 3) StoreRow<TColumns>(c + 3 * nextC, mask, TVector.AtLeast(floor, c30), TVector.AtLeast(floor, c31));
        if (sizeof(TRows) > 4) StoreRow<TColumns>(c + 4 * nextC, mask, TVector.AtLeast(floor, c40), TVector.AtLeast(floor, c41));
        if (sizeof(TRows) > 5) StoreRow<TColumns>(c + 5 * nextC, mask, TVector.AtLeast(floor, c50), TVector.AtLeast(floor, c51));
        if (sizeof(TRows) > 6) StoreRow<TColumns>(c + 6 * nextC, mask, TVector.AtLeast(floor, c60), TVector.AtLeast(floor, c61));
        if (sizeof(TRows) > 7) StoreRow<TColumns>(c + 7 * nextC, mask, TVector.AtLeast(floor, c70), TVector.AtLeast(floor, c71));
        if (sizeof(TRows) > 8) StoreRow<TColumns>(c + 8 * nextC, mask, TVector.AtLeast(floor, c80), TVector.AtLeast(floor, c81));
        if (sizeof(TRows) > 9) StoreRow<TColumns>(c + 9 * nextC, mask, TVector.AtLeast(floor, c90), TVector.AtLeast(floor, c91));
        if (sizeof(TRows) > 10) StoreRow<TColumns>(c + 10 * nextC, mask, TVector.AtLeast(floor, c100), TVector.AtLeast(floor, c101));
        if (sizeof(TRows) > 11) StoreRow<TColumns>(c + 11 * nextC, mask, TVector.AtLeast(floor, c110), TVector.AtLeast(floor, c111));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAddRow<TColumns>(byte* a, TVector b0, TVector b1, ref TVector c0, ref TVector c1)
        where TColumns : struct, ITileColumns
    {
        var element = TVector.Broadcast(*(float*)a);
        c0.AddProduct(element, b0);
        if (typeof(TColumns) == typeof(BothFull) || typeof(TColumns) == typeof(SecondMasked))
            c1.AddProduct(element, b1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector First<TColumns>(float* source, TVector mask)
        where TColumns : struct, ITileColumns =>
        typeof(TColumns) == typeof(OneMasked) ? TVector.LoadMasked(source, mask) : TVector.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Second<TColumns>(float* source, TVector mask)
        where TColumns : struct, ITileColumns =>
        typeof(TColumns) == typeof(BothFull) ? TVector.Load(source + TVector.Count)
        : typeof(TColumns) == typeof(SecondMasked) ? TVector.LoadMasked(source + TVector.Count, mask)
        : TVector.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TColumns>(float* destination, TVector mask, TVector first, TVector second)
        where TColumns : struct, ITileColumns
    {
        if (typeof(TColumns) == typeof(OneMasked))
        {
            first.StoreMasked(destination, mask);
            return;
        }

        first.Store(destination);
        if (typeof(TColumns) == typeof(BothFull))
            second.Store(destination + TVector.Count);
        if (typeof(TColumns) == typeof(SecondMasked))
            second.StoreMasked(destination + TVector.Count, mask);
    }
}
