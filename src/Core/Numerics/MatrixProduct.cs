using System.Numerics.Tensors;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Products of row-major float32 matrices. Every element of C is summed over k in ascending order (Multiply, MultiplyTransposedA) or by one
/// dot product (MultiplyTransposedB), so a row of C does not depend on how many rows there are.
/// </summary>
internal static class MatrixProduct
{
    /// <summary>C[m,n] = A[m,k] * B[k,n], or C += where <paramref name="accumulate"/>.</summary>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n, bool accumulate = false)
    {
        CheckSizes(a.Length, b.Length, c.Length, m, k, n);
        if (!accumulate)
            c.Clear();
        for (var i = 0; i < m; i++)
        {
            var row = c.Slice(i * n, n);
            for (var p = 0; p < k; p++)
                TensorPrimitives.MultiplyAdd(b.Slice(p * n, n), a[i * k + p], row, row);
        }
    }

    /// <summary>C[m,n] = transpose(A) * B[k,n] with A stored as [k,m], or C += where <paramref name="accumulate"/>.</summary>
    public static void MultiplyTransposedA(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n, bool accumulate = false)
    {
        CheckSizes(a.Length, b.Length, c.Length, m, k, n);
        if (!accumulate)
            c.Clear();
        for (var p = 0; p < k; p++)
            for (var i = 0; i < m; i++)
            {
                var row = c.Slice(i * n, n);
                TensorPrimitives.MultiplyAdd(b.Slice(p * n, n), a[p * m + i], row, row);
            }
    }

    /// <summary>C[m,n] = A[m,k] * transpose(B) with B stored as [n,k], or C += where <paramref name="accumulate"/>.</summary>
    public static void MultiplyTransposedB(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n, bool accumulate = false)
    {
        CheckSizes(a.Length, b.Length, c.Length, m, k, n);
        if (!accumulate)
            c.Clear();
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
                c[i * n + j] += TensorPrimitives.Dot(a.Slice(i * k, k), b.Slice(j * k, k));
    }

    private static void CheckSizes(int a, int b, int c, int m, int k, int n)
    {
        if (a != m * k || b != k * n || c != m * n)
            throw new ArgumentException(
                $"A product of {m}x{k} and {k}x{n} needs {m * k}, {k * n} and {m * n} values, got {a}, {b} and {c}.");
    }
}
