using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Softmax over the rows of a matrix rows x classes.</summary>
internal static class SoftmaxKernels
{
    // Up to so many classes a loop is done before the vectorized functions of the framework have begun.
    private const int Few = 10;

    /// <summary>
    /// p = exp(z - max(z)) / sum(exp(z - max(z))) per row; subtracting the maximum keeps exp from overflowing. p may be z.
    /// </summary>
    public static void Softmax(ReadOnlySpan<float> z, Span<float> p, int classes)
    {
        SpanLength.RequireRows(z, classes);
        SpanLength.Require(p, z.Length);
        if (classes <= Few)
            SubtractLargestOfFew(z, p, classes);
        else
            for (var row = 0; row < z.Length; row += classes)
                TensorPrimitives.Subtract(z.Slice(row, classes), TensorPrimitives.Max(z.Slice(row, classes)), p.Slice(row, classes));

        VectorMath.Exp(p, p);   // the whole matrix at once: rows are often shorter than a vector

        if (classes <= Few)
            DivideFewBySum(p, classes);
        else
            for (var row = 0; row < p.Length; row += classes)
            {
                var probabilities = p.Slice(row, classes);
                TensorPrimitives.Multiply(probabilities, 1 / TensorPrimitives.Sum<float>(probabilities), probabilities);
            }
    }

    // Not a number need not be the largest: every value of the row becomes so when it is added up.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractLargestOfFew(ReadOnlySpan<float> z, Span<float> p, int classes)
    {
        for (; !z.IsEmpty; z = z[classes..], p = p[classes..])
        {
            var row = z[..classes];
            var largest = row[0];
            foreach (var value in row)
                largest = float.MaxNative(value, largest);
            var differences = p[..classes];
            for (var i = 0; i < row.Length; i++)
                differences[i] = row[i] - largest;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DivideFewBySum(Span<float> p, int classes)
    {
        for (; !p.IsEmpty; p = p[classes..])
        {
            var row = p[..classes];
            // TensorPrimitives adds more than two in an order of its own, which the predictions of saved models keep.
            var factor = 1 / (classes == 2 ? row[0] + row[1] : TensorPrimitives.Sum<float>(row));
            foreach (ref var value in row)
                value *= factor;
        }
    }
}
