using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>The columns of a matrix rows x columns.</summary>
internal static class ColumnKernels
{
    /// <summary>sums[c] = sum over r of x[r,c].</summary>
    public static void Sum(ReadOnlySpan<float> x, Span<float> sums)
    {
        var columns = sums.Length;
        for (var c = 0; c < columns; c += Vector<float>.Count)
        {
            var sum = Vector<float>.Zero;
            for (var row = 0; row < x.Length; row += columns)
                sum += RowVector.Load(x.Slice(row, columns), c);
            RowVector.Store(sum, sums, c);
        }
    }
}
