using System.Numerics;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// y = (x - mean) * scale + beta, element by element, computed in double whatever x is. The subtraction comes first: with a mean of 1e6 and
/// a
/// deviation of 1, scale * x + shift would lose all digits in float and six of them in double.
/// </summary>
internal static class DoubleAffine
{
    /// <summary>
    /// All spans have the length of <paramref name="x"/>; <paramref name="y"/> may be <paramref name="x"/>. T is float or double.
    /// </summary>
    public static void Apply<T>(ReadOnlySpan<T> x, ReadOnlySpan<double> mean, ReadOnlySpan<double> scale, ReadOnlySpan<double> beta, Span<T> y)
        where T : unmanaged, IFloatingPoint<T>
    {
        // The vector loops and the scalar tail round alike (no fused multiply-add), so a value does not depend on its position.
        var i = typeof(T) == typeof(float)
            ? ApplyVectors(MemoryMarshal.Cast<T, float>(x), mean, scale, beta, MemoryMarshal.Cast<T, float>(y))
            : ApplyVectors(MemoryMarshal.Cast<T, double>(x), mean, scale, beta, MemoryMarshal.Cast<T, double>(y));
        for (; i < x.Length; i++)
            y[i] = T.CreateTruncating((double.CreateTruncating(x[i]) - mean[i]) * scale[i] + beta[i]);
    }

    private static int ApplyVectors(
        ReadOnlySpan<float> x, ReadOnlySpan<double> mean, ReadOnlySpan<double> scale, ReadOnlySpan<double> beta, Span<float> y)
    {
        var half = Vector<double>.Count;
        var i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(x[i..]), out var low, out var high);
            Vector.Narrow(Step(low, mean[i..], scale[i..], beta[i..]), Step(high, mean[(i + half)..], scale[(i + half)..], beta[(i + half)..]))
                .CopyTo(y[i..]);
        }

        return i;
    }

    private static int ApplyVectors(
        ReadOnlySpan<double> x, ReadOnlySpan<double> mean, ReadOnlySpan<double> scale, ReadOnlySpan<double> beta, Span<double> y)
    {
        var i = 0;
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
            Step(new Vector<double>(x[i..]), mean[i..], scale[i..], beta[i..]).CopyTo(y[i..]);
        return i;
    }

    private static Vector<double> Step(Vector<double> x, ReadOnlySpan<double> mean, ReadOnlySpan<double> scale, ReadOnlySpan<double> beta) =>
        (x - new Vector<double>(mean)) * new Vector<double>(scale) + new Vector<double>(beta);
}
