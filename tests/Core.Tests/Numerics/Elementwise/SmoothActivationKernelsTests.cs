using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class SmoothActivationKernelsTests
{
    private const int Count = 37;   // no multiple of a vector

    private delegate void Kernel(ReadOnlySpan<float> x, Span<float> y);

    private delegate void Gradient(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx);

    public static TheoryData<string> Functions => ["leaky", "elu", "gelu", "silu", "gelutanh", "hardswish", "softplus", "mish"];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Forward_AnyInput_MatchesFormula(string function)
    {
        var x = Some.Values(Count, seed: 1, scale: 4);
        var y = new float[Count];
        var (forward, _, formula) = Find(function);

        forward(x, y);

        y.ShouldAgree([.. x.Select(value => formula(value))], 1e-6);   // GELU: the approximation errs by 1.5e-7 * |x|
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Backward_RandomUpstream_MatchesFiniteDifferences(string function)
    {
        var x = Some.Values(Count, seed: 2, scale: 2);
        var upstream = Some.Values(Count, seed: 3);
        var dx = new float[Count];
        var (_, backward, formula) = Find(function);

        backward(x, upstream, dx);

        var expected = FiniteDifference.Gradient(
            values => [.. values.Select(formula)], [.. x.Select(value => (double)value)], [.. upstream.Select(value => (double)value)]);
        dx.ShouldAgree(expected, 2e-6);   // float32, and the formula below for GELU
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Forward_ExtremeInput_StaysFinite(string function)
    {
        var (y, dx) = (new float[3], new float[3]);
        var (forward, backward, _) = Find(function);
        float[] x = [-1000, 0, 1000];

        forward(x, y);
        backward(x, [1, 1, 1], dx);

        y[0].Should().Be(function switch { "leaky" => -200, "elu" => -1.5f, _ => 0 });
        y[1].Should().BeApproximately(function == "softplus" ? MathF.Log(2) : 0, function == "softplus" ? 1e-7f : 0);
        y[2].Should().Be(1000);
        dx[0].Should().Be(function == "leaky" ? 0.2f : 0);
        dx[2].Should().Be(1);
    }

    [Fact]
    public void Elu_NearZero_KeepsItsDigits()
    {
        float[] x = [-0.3f, -0.11f, -0.09f, -1e-3f, -1e-6f];
        var y = new float[x.Length];

        SmoothActivationKernels.Elu(x, y, 1);

        for (var i = 0; i < x.Length; i++)
            (y[i] / (x[i] * (1 + x[i] / 2.0 * (1 + x[i] / 3.0 * (1 + x[i] / 4.0 * (1 + x[i] / 5.0 * (1 + x[i] / 6.0)))))))
                .Should().BeApproximately(1, 3e-6);   // the exponential errs by 1.2e-7, of 0.1 at least
    }

    [Fact]
    public void Softplus_FarBelowZero_KeepsItsDigits()
    {
        float[] x = [-5, -12, -18, -40, -80];
        var y = new float[x.Length];

        SoftplusKernels.Softplus(x, y);

        for (var i = 0; i < x.Length; i++)
            (y[i] / (Math.Exp(x[i]) - Math.Exp(2.0 * x[i]) / 2 + Math.Exp(3.0 * x[i]) / 3))
                .Should().BeApproximately(1, 1e-6);   // exp and log err by a few units in the last place
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Forward_NaN_StaysNaN(string function)
    {
        var y = new float[1];

        Find(function).Forward([float.NaN], y);

        y[0].Should().Be(float.NaN);
    }

    private static (Kernel Forward, Gradient Backward, Func<double, double> Formula) Find(string function) => function switch
    {
        "leaky" => (
            (x, y) => SmoothActivationKernels.LeakyRelu(x, y, 0.2f),
            (x, dy, dx) => SmoothActivationKernels.LeakyReluBackward(x, dy, dx, 0.2f),
            x => x > 0 ? x : 0.2f * x),
        "elu" => (
            (x, y) => SmoothActivationKernels.Elu(x, y, 1.5f),
            (x, dy, dx) => SmoothActivationKernels.EluBackward(x, dy, dx, 1.5f),
            x => x > 0 ? x : 1.5 * (Math.Exp(x) - 1)),
        "gelutanh" => (
            SmoothActivationKernels.GeluTanh, SmoothActivationKernels.GeluTanhBackward,
            x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
        "hardswish" => (
            SmoothActivationKernels.HardSwish, SmoothActivationKernels.HardSwishBackward, x => x * Math.Clamp(x + 3, 0, 6) / 6),
        "softplus" => (SoftplusKernels.Softplus, SoftplusKernels.SoftplusBackward, x => Math.Log(1 + Math.Exp(x))),
        "mish" => (SoftplusKernels.Mish, SoftplusKernels.MishBackward, x => x * Math.Tanh(Math.Log(1 + Math.Exp(x)))),
        "gelu" => (SmoothActivationKernels.Gelu, SmoothActivationKernels.GeluBackward, x => x * NormalDistribution(x)),
        _ => (SmoothActivationKernels.Silu, SmoothActivationKernels.SiluBackward, x => x / (1 + Math.Exp(-x))),
    };

    // 1/2 + p(x) * (x + x^3 / 3 + x^5 / (3 * 5) + ...), which is exact (Abramowitz and Stegun, 26.2.11).
    private static double NormalDistribution(double x)
    {
        var (sum, term) = (0.0, x);
        for (var k = 1; Math.Abs(term) > 1e-18; k++)
        {
            sum += term;
            term *= x * x / (2 * k + 1);
        }

        return 0.5 + sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
    }
}
