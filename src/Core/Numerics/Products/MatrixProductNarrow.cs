using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>The limit between narrow and other products.</summary>
internal static class MatrixProductNarrow
{
    /// <summary>Up to this many columns of C the product is one dot product per element.</summary>
    public const int MaxColumns = 4;
}

/// <summary>
/// C[r, j] = max(floor, bias[j] + dot(A[r, :], B[:, j])) for a B of very few columns: binary heads and regressions. The lanes run along
/// the depth; four rows at a time, so that four independent sums hide the latency of the multiply-add. B is first copied column by column.
/// </summary>
internal unsafe struct MatrixProductNarrow<TVector>(ProductShape shape, float* a, float* b, float* c, float* bias) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int RowsPerBlock = 256;
    private const int RowsTogether = 4;

    private readonly float floor = shape.Relu ? 0 : float.NegativeInfinity;
    private int blocks;
    private float* columns;

    public void Run()
    {
        columns = shape.TransposedB ? b : ColumnsOfB();
        blocks = Math.Clamp(shape.M / RowsPerBlock, 1, BlockRunner.MaxBlocks);
        BlockRunner.Run(ref this, blocks, shape.Operations);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (row, end) = BlockRunner.Part(shape.M, block, blocks);
        for (; row <= end - RowsTogether; row += RowsTogether)
            for (var j = 0; j < shape.N; j++)
                DotFourRows(row, j);
        for (; row < end; row++)
            for (var j = 0; j < shape.N; j++)
                DotRow(row, j);
    }

    private readonly float* ColumnsOfB()
    {
        var copy = ScratchBuffer.Panels.AtLeast(shape.K * shape.N);
        for (var depth = 0; depth < shape.K; depth++)
            for (var j = 0; j < shape.N; j++)
                copy[(j * shape.K) + depth] = b[(depth * shape.N) + j];
        return copy;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void DotFourRows(int row, int j)
    {
        nint k = shape.K, depth = 0;
        float* a0 = a + (row * k), a1 = a0 + k, a2 = a1 + k, a3 = a2 + k, column = columns + (j * k);
        TVector sum0 = TVector.Zero, sum1 = TVector.Zero, sum2 = TVector.Zero, sum3 = TVector.Zero;
        for (; depth <= k - TVector.Count; depth += TVector.Count)
        {
            var factor = TVector.Load(column + depth);
            sum0.AddProduct(TVector.Load(a0 + depth), factor);
            sum1.AddProduct(TVector.Load(a1 + depth), factor);
            sum2.AddProduct(TVector.Load(a2 + depth), factor);
            sum3.AddProduct(TVector.Load(a3 + depth), factor);
        }

        if (depth < k)
        {
            var mask = TVector.Mask(k - depth);
            var factor = TVector.LoadMasked(column + depth, mask);
            sum0.AddProduct(TVector.LoadMasked(a0 + depth, mask), factor);
            sum1.AddProduct(TVector.LoadMasked(a1 + depth, mask), factor);
            sum2.AddProduct(TVector.LoadMasked(a2 + depth, mask), factor);
            sum3.AddProduct(TVector.LoadMasked(a3 + depth, mask), factor);
        }

        Finish(row, j, TVector.Sum(sum0));
        Finish(row + 1, j, TVector.Sum(sum1));
        Finish(row + 2, j, TVector.Sum(sum2));
        Finish(row + 3, j, TVector.Sum(sum3));
    }

    /// <summary>One row in the same order of additions as four, so that a row does not depend on its neighbours.</summary>
    private readonly void DotRow(int row, int j)
    {
        nint k = shape.K, depth = 0;
        float* a0 = a + (row * k), column = columns + (j * k);
        var sum = TVector.Zero;
        for (; depth <= k - TVector.Count; depth += TVector.Count)
            sum.AddProduct(TVector.Load(a0 + depth), TVector.Load(column + depth));
        if (depth < k)
        {
            var mask = TVector.Mask(k - depth);
            sum.AddProduct(TVector.LoadMasked(a0 + depth, mask), TVector.LoadMasked(column + depth, mask));
        }

        Finish(row, j, TVector.Sum(sum));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Finish(int row, int j, float sum)
    {
        var start = bias == null ? 0 : bias[j];
        c[((nint)row * shape.N) + j] = float.MaxNative(floor, start + sum);
    }
}
