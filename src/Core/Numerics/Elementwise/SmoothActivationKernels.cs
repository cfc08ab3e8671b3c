using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Element-wise activations that let some of the negative side through. Their gradients are functions of the input x. s(x) is the sigmoid
/// 1 / (1 + exp(-x)). Outputs may overwrite inputs.
/// </summary>
internal static class SmoothActivationKernels
{
    // Of the GELU by tanh: 2 * sqrt(2 / pi), and the factor of the cube.
    private const float TwiceTanhScale = 1.5957691216f;
    private const float TanhCube = 0.044715f;

    /// <summary>y = x where x > 0, else slope * x.</summary>
    public static void LeakyRelu(ReadOnlySpan<float> x, Span<float> y, float slope)
    {
        SpanLength.Require(y, x.Length);
        var factor = new Vector<float>(slope);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            RowVector.Store(Vector.ConditionalSelect(IsPositive(input), input, factor * input), y, i);
        }
    }

    /// <summary>dx = dy where x > 0, else slope * dy.</summary>
    public static void LeakyReluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, float slope)
    {
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dx, x.Length);
        var factor = new Vector<float>(slope);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var upstream = RowVector.Load(dy, i);
            RowVector.Store(Vector.ConditionalSelect(IsPositive(RowVector.Load(x, i)), upstream, factor * upstream), dx, i);
        }
    }

    /// <summary>y = x where x > 0, else alpha * (exp(x) - 1) (Clevert et al., 2016, arXiv:1511.07289).</summary>
    public static void Elu(ReadOnlySpan<float> x, Span<float> y, float alpha)
    {
        SpanLength.Require(y, x.Length);
        var scale = new Vector<float>(alpha);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            RowVector.Store(Vector.ConditionalSelect(IsPositive(input), input, scale * ExpMinusOne(input)), y, i);
        }
    }

    /// <summary>dx = dy where x > 0, else dy * alpha * exp(x).</summary>
    public static void EluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, float alpha)
    {
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dx, x.Length);
        var scale = new Vector<float>(alpha);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var (input, upstream) = (RowVector.Load(x, i), RowVector.Load(dy, i));
            RowVector.Store(Vector.ConditionalSelect(IsPositive(input), upstream, upstream * scale * Vector.Exp(input)), dx, i);
        }
    }

    /// <summary>y = x * P(x), with P the normal distribution function (Hendrycks and Gimpel, 2016, arXiv:1606.08415).</summary>
    public static void Gelu(ReadOnlySpan<float> x, Span<float> y)
    {
        SpanLength.Require(y, x.Length);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            RowVector.Store(input * NormalDistribution(input, Vector.Exp(input * input * -0.5f)), y, i);
        }
    }

    /// <summary>dx = dy * (P(x) + x * p(x)), with p(x) = exp(-x^2 / 2) / sqrt(2 pi).</summary>
    public static void GeluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dx, x.Length);
        const float density = 0.3989422804f;   // 1 / sqrt(2 pi)
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            var bell = Vector.Exp(input * input * -0.5f);
            RowVector.Store(RowVector.Load(dy, i) * (NormalDistribution(input, bell) + input * (bell * density)), dx, i);
        }
    }

    /// <summary>y = x * s(x), with s(x) = 1 / (1 + exp(-x)) (Elfwing et al., 2018, arXiv:1702.03118; also called Swish).</summary>
    public static void Silu(ReadOnlySpan<float> x, Span<float> y)
    {
        SpanLength.Require(y, x.Length);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            RowVector.Store(input * Sigmoid(input), y, i);
        }
    }

    /// <summary>dx = dy * s(x) * (1 + x * (1 - s(x))).</summary>
    public static void SiluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dx, x.Length);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            var sigmoid = Sigmoid(input);
            RowVector.Store(RowVector.Load(dy, i) * sigmoid * (Vector<float>.One + input * (Vector<float>.One - sigmoid)), dx, i);
        }
    }

    /// <summary>
    /// y = x * s(2 u(x)) with u(x) = sqrt(2 / pi) * (x + 0.044715 x^3), which is x / 2 * (1 + tanh(u(x))): the GELU by tanh (Hendrycks and
    /// Gimpel, 2016, arXiv:1606.08415).
    /// </summary>
    public static void GeluTanh(ReadOnlySpan<float> x, Span<float> y)
    {
        SpanLength.Require(y, x.Length);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            RowVector.Store(input * Sigmoid(TwiceTanhArgument(input)), y, i);
        }
    }

    /// <summary>dx = dy * s * (1 + x * (1 - s) * 2 u'(x)) with s = s(2 u(x)).</summary>
    public static void GeluTanhBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dx, x.Length);
        var one = Vector<float>.One;
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            var sigmoid = Sigmoid(TwiceTanhArgument(input));
            var slope = (one + input * input * (3 * TanhCube)) * TwiceTanhScale;
            RowVector.Store(RowVector.Load(dy, i) * sigmoid * (one + input * (one - sigmoid) * slope), dx, i);
        }
    }

    /// <summary>y = x * min(max(x + 3, 0), 6) / 6 (Howard et al., 2019, arXiv:1905.02244).</summary>
    public static void HardSwish(ReadOnlySpan<float> x, Span<float> y)
    {
        SpanLength.Require(y, x.Length);
        var (three, six) = (new Vector<float>(3), new Vector<float>(6));
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var input = RowVector.Load(x, i);
            RowVector.Store(input * Vector.Min(Vector.Max(input + three, Vector<float>.Zero), six) * (1 / 6f), y, i);
        }
    }

    /// <summary>dx = 0 where x &lt;= -3, dy where x >= 3, else dy * (2 x + 3) / 6.</summary>
    public static void HardSwishBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dx, x.Length);
        var three = new Vector<float>(3);
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            var (input, upstream) = (RowVector.Load(x, i), RowVector.Load(dy, i));
            var inside = upstream * (input * (1 / 3f) + new Vector<float>(0.5f));
            var upper = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(input, three), upstream, inside);
            RowVector.Store(Vector.ConditionalSelect(Vector.LessThanOrEqual(input, -three), Vector<float>.Zero, upper), dx, i);
        }
    }

    private static Vector<int> IsPositive(Vector<float> x) => Vector.GreaterThan(x, Vector<float>.Zero);

    // exp(x) - 1 for x <= 0. Near 0, where the difference would lose its digits, five terms of the series: they err by 1.4e-8 of the value.
    private static Vector<float> ExpMinusOne(Vector<float> x)
    {
        var one = Vector<float>.One;
        var series = x * (one + x * (1 / 2f) * (one + x * (1 / 3f) * (one + x * (1 / 4f) * (one + x * (1 / 5f)))));
        return Vector.ConditionalSelect(Vector.GreaterThan(x, new Vector<float>(-0.1f)), series, Vector.Exp(x) - one);
    }

    private static Vector<float> Sigmoid(Vector<float> x) => Vector<float>.One / (Vector<float>.One + Vector.Exp(-x));

    private static Vector<float> TwiceTanhArgument(Vector<float> x) =>
        (x + x * x * x * TanhCube) * TwiceTanhScale;

    // Abramowitz and Stegun, formula 7.1.26, absolute error 1.5e-7: for z = |x| / sqrt(2) the upper tail of the normal distribution
    // is erfc(z) / 2 = t * (a1 + ... + a5 * t^4) * exp(-z^2) / 2 with t = 1 / (1 + 0.3275911 * z).
    private static Vector<float> NormalDistribution(Vector<float> x, Vector<float> bell)
    {
        const float p = 0.3275911f * 0.7071067812f;
        var t = Vector<float>.One / (Vector<float>.One + Vector.Abs(x) * p);
        var polynomial = ((((t * 1.061405429f - new Vector<float>(1.453152027f)) * t + new Vector<float>(1.421413741f)) * t
            - new Vector<float>(0.284496736f)) * t + new Vector<float>(0.254829592f)) * t;
        var tail = polynomial * bell * 0.5f;
        return Vector.ConditionalSelect(IsPositive(x), Vector<float>.One - tail, tail);
    }
}
