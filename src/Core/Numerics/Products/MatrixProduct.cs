namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Products of float32 matrices stored row by row without gaps: C is [m, n] and the sums run over k. Sizes may be 0; with k = 0 the product
/// is zero. C must not overlap an operand. A span whose length is not that of its matrix is an <see cref="ArgumentException"/>.
/// </summary>
/// <remarks>
/// Results are the same to the last bit for every number of threads, and for a row of <see cref="Multiply"/> and
/// <see cref="MultiplyAddBias"/> whatever other rows are computed with it, so scoring in blocks equals scoring row by row.
/// </remarks>
internal static class MatrixProduct
{
    /// <summary>C = A * B; A is [m, k] and B is [k, n].</summary>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n) =>
        Run(a, b, c, new ProductShape(m, k, n));

    /// <summary>
    /// C = A * B + bias in every row, or max(0, A * B + bias) where <paramref name="relu"/>; A is [m, k], B is [k, n] and the bias [n], or
    /// empty for none. A result that is not a number stays so.
    /// </summary>
    public static void MultiplyAddBias(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> bias, Span<float> c, int m, int k, int n, bool relu = false)
    {
        if (!bias.IsEmpty)
            Require(bias.Length, 1, n, nameof(bias));
        Run(a, b, c, new ProductShape(m, k, n) { Relu = relu }, bias);
    }

    /// <summary>C = A^T * B; A is stored [k, m] and B is [k, n].</summary>
    public static void MultiplyTransposedA(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n) =>
        Run(a, b, c, new ProductShape(m, k, n) { TransposedA = true });

    /// <summary>C = A * B^T; A is [m, k] and B is stored [n, k].</summary>
    public static void MultiplyTransposedB(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n) =>
        Run(a, b, c, new ProductShape(m, k, n) { TransposedB = true });

    private static unsafe void Run(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, ProductShape shape, ReadOnlySpan<float> bias = default)
    {
        Require(a.Length, shape.M, shape.K, nameof(a));
        Require(b.Length, shape.K, shape.N, nameof(b));
        Require(c.Length, shape.M, shape.N, nameof(c));
        if (c.IsEmpty)
            return;
        fixed (float* pinnedA = a, pinnedB = b, pinnedC = c, pinnedBias = bias)
        {
            var plan = new MatrixProductPlan(shape, pinnedA, pinnedB, pinnedC, pinnedBias);
            Simd.RunWidest(ref plan);
        }
    }

    private static void Require(int length, int rows, int columns, string name)
    {
        if (rows < 0 || columns < 0 || length != (long)rows * columns)
            ThrowWrongLength(length, rows, columns, name);
    }

    private static void ThrowWrongLength(int length, int rows, int columns, string name) => throw new ArgumentException(
        $"A matrix of {rows} x {columns} needs {(long)rows * columns} values, got {length}. "
        + "Pass exactly the matrix, or correct m, k and n.",
        name);
}
