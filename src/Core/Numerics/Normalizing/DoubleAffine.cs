using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// y = (x - mean) * scale + beta, element by element, computed in double whatever x is. The subtraction comes first: with a mean of 1e6
/// and a deviation of 1, scale * x + shift would lose all digits in float and six of them in double.
/// </summary>
internal static class DoubleAffine
{
    /// <summary>
    /// All spans have the length of <paramref name="x"/>; <paramref name="y"/> may be <paramref name="x"/>. T is float or double.
    /// </summary>
    public static void Apply<T>(
        ReadOnlySpan<T> x, ReadOnlySpan<double> mean, ReadOnlySpan<double> scale, ReadOnlySpan<double> beta, Span<T> y)
        where T : unmanaged, IFloatingPoint<T>
    {
        SpanLength.Require(mean, x.Length);
        SpanLength.Require(scale, x.Length);
        SpanLength.Require(beta, x.Length);
        SpanLength.Require<T>(y, x.Length);

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
        var step = new Factors(mean, scale, beta);
        var i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(x[i..]), out var low, out var high);
            Vector.Narrow(step.Apply(low, i), step.Apply(high, i + Vector<double>.Count)).CopyTo(y[i..]);
        }

        return i;
    }

    private static int ApplyVectors(
        ReadOnlySpan<double> x, ReadOnlySpan<double> mean, ReadOnlySpan<double> scale, ReadOnlySpan<double> beta, Span<double> y)
    {
        var step = new Factors(mean, scale, beta);
        var i = 0;
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
            step.Apply(new Vector<double>(x[i..]), i).CopyTo(y[i..]);
        return i;
    }

    /// <summary>The factors at any position of equally long spans, loaded without a check each time.</summary>
    private readonly ref struct Factors(ReadOnlySpan<double> mean, ReadOnlySpan<double> scale, ReadOnlySpan<double> beta)
    {
        private readonly ref readonly double mean = ref MemoryMarshal.GetReference(mean);
        private readonly ref readonly double scale = ref MemoryMarshal.GetReference(scale);
        private readonly ref readonly double beta = ref MemoryMarshal.GetReference(beta);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<double> Apply(Vector<double> x, int i) =>
            (x - Vector.LoadUnsafe(in mean, (nuint)i)) * Vector.LoadUnsafe(in scale, (nuint)i) + Vector.LoadUnsafe(in beta, (nuint)i);
    }
}
