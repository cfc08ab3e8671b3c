using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>The columns of a matrix rows x columns, stored row by row.</summary>
internal static unsafe class ColumnKernels
{
    /// <summary>sums[c] = sum over r of x[r,c].</summary>
    public static void Sum(ReadOnlySpan<float> x, Span<float> sums)
    {
        SpanLength.RequireRows(x, sums.Length);
        Run([], x, [], sums);
    }

    /// <summary>
    /// The way back through a ReLU that gave y, and through the addition of a bias in front of it, in one pass: dx[r,c] = dy[r,c] where
    /// y[r,c] > 0, else 0, and sums[c] = sum over r of dx[r,c].
    /// </summary>
    public static void ReluBackwardAndSum(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, Span<float> sums)
    {
        SpanLength.RequireRows(dy, sums.Length);
        SpanLength.Require(y, dy.Length);
        SpanLength.Require(dx, dy.Length);
        Run(y, dy, dx, sums);
    }

    private static void Run(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, Span<float> sums)
    {
        fixed (float* pinnedY = y, pinnedDy = dy, pinnedDx = dx, pinnedSums = sums)
        {
            var operation = new Operation(pinnedY, pinnedDy, pinnedDx, pinnedSums, dy.Length / sums.Length, sums.Length);
            Simd.RunWidest(ref operation);
        }
    }

    private readonly struct Operation(float* y, float* dy, float* dx, float* sums, int rows, int columns) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            // Memory-bound: what is read and written once.
            var operations = 16L * rows * columns * (y == null ? 1 : 3);
            var job = new ColumnSums<TVector>(y, dy, dx, sums, rows, columns);
            BlockRunner.Run(ref job, (columns + ColumnSums<TVector>.Width - 1) / ColumnSums<TVector>.Width, operations);
        }
    }
}

/// <summary>
/// A block is a strip of columns, from the first row to the last: so each sum is added up in the same order, however many threads there
/// are.
/// </summary>
internal readonly unsafe struct ColumnSums<TVector>(float* y, float* dy, float* dx, float* sums, int rows, int columns) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int Vectors = 4;

    /// <summary>Columns of a strip.</summary>
    public static int Width => Vectors * TVector.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(int block)
    {
        var first = block * Width;
        if (columns - first >= Width)
        {
            if (y == null)
                SumStrip(first);
            else
                MaskAndSumStrip(first);
            return;
        }

        for (var column = first; column < columns; column += TVector.Count)
            if (columns - column >= TVector.Count)
                SumVector(column, TVector.Zero, masked: false);
            else
                SumVector(column, TVector.Mask(columns - column), masked: true);
    }

    // Pointers and the distance of rows are variables: what is stored might be fields of the job, for all that the JIT knows, so that it
    // would load those again for every vector.
    private void SumStrip(nint column)
    {
        nint lane = TVector.Count, next = columns;
        var upstream = dy + column;
        TVector sum0 = TVector.Zero, sum1 = TVector.Zero, sum2 = TVector.Zero, sum3 = TVector.Zero;
        for (var left = rows; left > 0; left--, upstream += next)
        {
            sum0 += TVector.Load(upstream);
            sum1 += TVector.Load(upstream + lane);
            sum2 += TVector.Load(upstream + (2 * lane));
            sum3 += TVector.Load(upstream + (3 * lane));
        }

        Store(column, sum0, sum1, sum2, sum3);
    }

    private void MaskAndSumStrip(nint column)
    {
        nint lane = TVector.Count, next = columns;
        float* output = y + column, upstream = dy + column, opened = dx + column;
        TVector sum0 = TVector.Zero, sum1 = TVector.Zero, sum2 = TVector.Zero, sum3 = TVector.Zero;
        for (var left = rows; left > 0; left--, output += next, upstream += next, opened += next)
        {
            sum0 += Open(output, upstream, opened);
            sum1 += Open(output + lane, upstream + lane, opened + lane);
            sum2 += Open(output + (2 * lane), upstream + (2 * lane), opened + (2 * lane));
            sum3 += Open(output + (3 * lane), upstream + (3 * lane), opened + (3 * lane));
        }

        Store(column, sum0, sum1, sum2, sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Open(float* output, float* upstream, float* opened)
    {
        var open = TVector.WherePositive(TVector.Load(output), TVector.Load(upstream));
        open.Store(opened);
        return open;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SumVector(nint column, TVector mask, bool masked)
    {
        nint next = columns;
        float* output = y + column, upstream = dy + column, opened = dx + column;
        var relu = y != null;
        var sum = TVector.Zero;
        for (var left = rows; left > 0; left--, output += next, upstream += next, opened += next)
        {
            var value = masked ? TVector.LoadMasked(upstream, mask) : TVector.Load(upstream);
            if (relu)
            {
                value = TVector.WherePositive(masked ? TVector.LoadMasked(output, mask) : TVector.Load(output), value);
                if (masked)
                    value.StoreMasked(opened, mask);
                else
                    value.Store(opened);
            }

            sum += value;
        }

        if (masked)
            sum.StoreMasked(sums + column, mask);
        else
            sum.Store(sums + column);
    }

    private void Store(nint column, TVector sum0, TVector sum1, TVector sum2, TVector sum3)
    {
        nint lane = TVector.Count;
        sum0.Store(sums + column);
        sum1.Store(sums + column + lane);
        sum2.Store(sums + column + (2 * lane));
        sum3.Store(sums + column + (3 * lane));
    }
}
