using System.Numerics.Tensors;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Softmax over the rows of a matrix rows x classes.</summary>
internal static class SoftmaxKernels
{
    /// <summary>
    /// p = exp(z - max(z)) / sum(exp(z - max(z))) per row; subtracting the maximum keeps exp from overflowing. p may be z.
    /// </summary>
    public static void Softmax(ReadOnlySpan<float> z, Span<float> p, int classes)
    {
        SpanLength.RequireRows(z, classes);
        SpanLength.Require(p, z.Length);
        for (var row = 0; row < z.Length; row += classes)
            TensorPrimitives.Subtract(z.Slice(row, classes), TensorPrimitives.Max(z.Slice(row, classes)), p.Slice(row, classes));

        VectorMath.Exp(p, p);   // the whole matrix at once: rows are often shorter than a vector

        for (var row = 0; row < p.Length; row += classes)
        {
            var probabilities = p.Slice(row, classes);
            TensorPrimitives.Multiply(probabilities, 1 / TensorPrimitives.Sum<float>(probabilities), probabilities);
        }
    }
}
