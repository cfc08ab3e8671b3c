using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Copies <paramref name="n"/> columns of B into panels as wide as a register tile: packed[panel, depth, column]. A tile then reads B as
/// one stream of cache lines, whatever the order and row length of the stored matrix. One block is one panel. What lies beyond the last
/// column of B is not written; tiles mask it.
/// </summary>
/// <param name="b">First value of the matrix, stored [depths, columns], or the other way where it is transposed.</param>
/// <param name="bRow">Distance between its rows.</param>
/// <param name="transposed">Whether its rows are the columns of B.</param>
/// <param name="k">Number of depths.</param>
/// <param name="n">Number of columns.</param>
/// <param name="packed">Where the first panel goes.</param>
internal unsafe struct MatrixProductPacking<TVector>(float* b, nint bRow, bool transposed, int k, int n, float* packed) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    /// <summary>Values of panels of so many columns.</summary>
    public static int Size(int k, int n) => MatrixProductTile<TVector>.Panels(n) * MatrixProductTile<TVector>.Columns * k;

    /// <summary>Copies all panels, shared by threads.</summary>
    public void Run() => BlockRunner.Run(ref this, MatrixProductTile<TVector>.Panels(n), 16L * k * n);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var width = MatrixProductTile<TVector>.Columns;
        var column = block * width;
        var columns = Math.Min(width, n - column);
        var panel = packed + ((nint)block * k * width);
        if (transposed)
        {
            MatrixTranspose.Copy(b + (column * bRow), bRow, columns, k, panel, width);
            return;
        }

        for (var depth = 0; depth < k; depth++)
        {
            var source = new ReadOnlySpan<float>(b + (depth * bRow) + column, columns);
            source.CopyTo(new Span<float>(panel + ((nint)depth * width), columns));
        }
    }
}
