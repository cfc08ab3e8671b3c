using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Copies columns of B, from <paramref name="firstColumn"/> on, into panels as wide as a register tile: packed[panel, depth, column]. A
/// tile then reads B as one stream of cache lines, whatever the order and row length of the stored matrix. One block is one panel. What
/// lies beyond the last column of B is not written; tiles mask it.
/// </summary>
internal unsafe struct MatrixProductPacking<TVector>(float* b, int firstColumn, bool transposed, int k, int n, float* packed) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var width = MatrixProductTile<TVector>.Columns;
        var column = firstColumn + (block * width);
        var columns = Math.Min(width, n - column);
        var panel = packed + ((nint)block * k * width);
        if (transposed)
        {
            MatrixTranspose.Copy(b + ((nint)column * k), columns, k, panel, width);
            return;
        }

        for (var depth = 0; depth < k; depth++)
        {
            var source = new ReadOnlySpan<float>(b + ((nint)depth * n) + column, columns);
            source.CopyTo(new Span<float>(panel + ((nint)depth * width), columns));
        }
    }
}
