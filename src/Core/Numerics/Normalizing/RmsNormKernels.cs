using System.Numerics;
using System.Numerics.Tensors;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Normalization of every row by its root mean square (Zhang and Sennrich, 2019, arXiv:1910.07467); gamma has one element per column.
/// Sums run in double, so that they are right for rows of any length. <c>y</c> may be <c>x</c>, and <c>dx</c> may be <c>dy</c>.
/// </summary>
internal static class RmsNormKernels
{
    /// <summary>
    /// y = gamma * x * inverse with inverse = 1 / sqrt(mean(x^2) + epsilon), which is kept for the way back, one per row.
    /// </summary>
    public static void Forward(ReadOnlySpan<float> x, float epsilon, ReadOnlySpan<float> gamma, Span<float> inverse, Span<float> y)
    {
        var columns = gamma.Length;
        RequireLengths(x, columns, inverse);
        SpanLength.Require(y, x.Length);
        for (var row = 0; row < inverse.Length; row++)
        {
            var input = x.Slice(row * columns, columns);
            inverse[row] = (float)(1 / Math.Sqrt(SumOfProducts(input, input, gamma: []) / columns + epsilon));
            var output = y.Slice(row * columns, columns);
            TensorPrimitives.Multiply(input, inverse[row], output);
            TensorPrimitives.Multiply(output, gamma, output);
        }
    }

    /// <summary>
    /// dGamma = sum over the rows of dy * x * inverse and, unless <paramref name="dx"/> is empty, with g = gamma * dy,
    /// dx = inverse * (g - x * inverse^2 * mean(g * x)).
    /// </summary>
    public static void Backward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> gamma, ReadOnlySpan<float> inverse,
        Span<float> dGamma, Span<float> dx)
    {
        var columns = gamma.Length;
        RequireLengths(x, columns, inverse);
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dGamma, columns);
        if (!dx.IsEmpty)
            SpanLength.Require(dx, x.Length);
        dGamma.Clear();
        for (var row = 0; row < inverse.Length; row++)
        {
            var input = x.Slice(row * columns, columns);
            var upstream = dy.Slice(row * columns, columns);
            var scale = new Vector<float>(inverse[row]);
            var mean = SumOfProducts(input, upstream, gamma) / columns;
            var share = new Vector<float>((float)(mean * inverse[row] * inverse[row]));
            for (var c = 0; c < columns; c += Vector<float>.Count)
            {
                var (value, gradient) = (RowVector.Load(input, c), RowVector.Load(upstream, c));
                RowVector.Store(RowVector.Load(dGamma, c) + gradient * value * scale, dGamma, c);
                if (!dx.IsEmpty)
                    RowVector.Store(scale * (RowVector.Load(gamma, c) * gradient - value * share), dx.Slice(row * columns, columns), c);
            }
        }
    }

    private static void RequireLengths(ReadOnlySpan<float> x, int columns, ReadOnlySpan<float> inverse)
    {
        SpanLength.RequireRows(x, columns);
        SpanLength.Require(inverse, x.Length / columns);
    }

    // sum(x * y), or sum(x * y * gamma): always in the same order, so that a row gives the same bits wherever it stands in memory.
    private static double SumOfProducts(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> gamma)
    {
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var product = Widened.Load(x[i..]) * Widened.Load(y[i..]);
            sum += gamma.IsEmpty ? product : product * Widened.Load(gamma[i..]);
        }

        var total = Vector.Sum(sum);
        for (; i < x.Length; i++)
            total += (double)x[i] * y[i] * (gamma.IsEmpty ? 1 : gamma[i]);
        return total;
    }
}
