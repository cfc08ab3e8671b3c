using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Softplus and Mish, which is made of it, element by element. Their gradients are functions of the input x. Outputs may overwrite inputs.
/// </summary>
internal static class SoftplusKernels
{
    /// <summary>y = log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|)), which does not overflow.</summary>
    public static void Softplus(ReadOnlySpan<float> x, Span<float> y)
    {
        SpanLength.Require(y, x.Length);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            RowVector.Store(Vector.Max(input, Vector<float>.Zero) + LogOnePlus(Vector.Exp(-Vector.Abs(input))), y, i);
        }
    }

    /// <summary>dx = dy / (1 + exp(-x)).</summary>
    public static void SoftplusBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dx, x.Length);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
            RowVector.Store(RowVector.Load(dy, i) / (Vector<float>.One + Vector.Exp(-RowVector.Load(x, i))), dx, i);
    }

    /// <summary>
    /// y = x * tanh(log(1 + exp(x))) (Misra, 2019, arXiv:1908.08681), whose tanh is n / (n + 2) with n = e * (e + 2) and e = exp(x).
    /// </summary>
    public static void Mish(ReadOnlySpan<float> x, Span<float> y)
    {
        SpanLength.Require(y, x.Length);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            var e = BoundedExp(input);
            var n = e * (e + new Vector<float>(2));
            RowVector.Store(input * (n / (n + new Vector<float>(2))), y, i);
        }
    }

    /// <summary>dx = dy * (n + x * 4 e (e + 1) / (n + 2)) / (n + 2), with n and e as on the way forward.</summary>
    public static void MishBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dx, x.Length);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            var e = BoundedExp(input);
            var n = e * (e + new Vector<float>(2));
            var whole = n + new Vector<float>(2);
            RowVector.Store(RowVector.Load(dy, i) * (n + input * (4 * e * (e + Vector<float>.One)) / whole) / whole, dx, i);
        }
    }

    // From x = 20 on the tanh of Mish is 1 to the last bit; exp itself would overflow at 44, squared.
    private static Vector<float> BoundedExp(Vector<float> x) => Vector.Exp(Vector.Min(x, new Vector<float>(20)));

    // log(w) * u / (w - 1) with w = 1 + u rounded: the rounding of w cancels, so small u keep their digits (Goldberg, 1991, theorem 4).
    private static Vector<float> LogOnePlus(Vector<float> u)
    {
        var w = Vector<float>.One + u;
        var isOne = Vector.Equals(w, Vector<float>.One);
        return Vector.ConditionalSelect(isOne, u, Vector.Log(w) * u / (w - Vector<float>.One));
    }
}
