using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class SmoothActivationKernelsTests
{
    private const int Count = 37;   // no multiple of a vector

    private delegate void Kernel(ReadOnlySpan<float> x, Span<float> y);

    private delegate void Gradient(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx);

    public static TheoryData<ActivationKind> Functions =>
    [
        ActivationKind.LeakyRelu, ActivationKind.Elu, ActivationKind.Gelu, ActivationKind.GeluTanh, ActivationKind.Silu,
        ActivationKind.HardSwish, ActivationKind.Softplus, ActivationKind.Mish,
    ];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Forward_AnyInput_MatchesFormula(ActivationKind function)
    {
        var x = Some.Values(Count, seed: 1, scale: 4);
        var y = new float[Count];
        var (forward, _) = Find(function);

        forward(x, y);

        y.ShouldAgree([.. x.Select(value => Formula(function, value))], 1e-6);   // GELU: the approximation errs by 1.5e-7 * |x|
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Backward_RandomUpstream_MatchesFiniteDifferences(ActivationKind function)
    {
        var x = Some.Values(Count, seed: 2, scale: 2);
        var upstream = Some.Values(Count, seed: 3);
        var dx = new float[Count];
        var (_, backward) = Find(function);

        backward(x, upstream, dx);

        var expected = FiniteDifference.Gradient(
            values => [.. values.Select(value => Formula(function, value))],
            [.. x.Select(value => (double)value)], [.. upstream.Select(value => (double)value)]);
        dx.ShouldAgree(expected, 2e-6);   // float32, and the formula for GELU
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Forward_ExtremeInput_StaysFinite(ActivationKind function)
    {
        var (y, dx) = (new float[3], new float[3]);
        var (forward, backward) = Find(function);
        float[] x = [-1000, 0, 1000];

        forward(x, y);
        backward(x, [1, 1, 1], dx);

        y[0].Should().Be(function switch { ActivationKind.LeakyRelu => -200, ActivationKind.Elu => -1.5f, _ => 0 });
        y[1].Should().BeApproximately((float)ActivationOracle.Of(function, 0), function == ActivationKind.Softplus ? 1e-7f : 0);
        y[2].Should().Be(1000);
        dx[0].Should().Be(function == ActivationKind.LeakyRelu ? 0.2f : 0);
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
    public void Forward_NaN_StaysNaN(ActivationKind function)
    {
        var y = new float[1];

        Find(function).Forward([float.NaN], y);

        y[0].Should().Be(float.NaN);
    }

    private static double Formula(ActivationKind function, double x) =>
        ActivationOracle.Of(function, x, function == ActivationKind.LeakyRelu ? 0.2f : 1.5);

    private static (Kernel Forward, Gradient Backward) Find(ActivationKind function) => function switch
    {
        ActivationKind.LeakyRelu => (
            (x, y) => SmoothActivationKernels.LeakyRelu(x, y, 0.2f),
            (x, dy, dx) => SmoothActivationKernels.LeakyReluBackward(x, dy, dx, 0.2f)),
        ActivationKind.Elu => (
            (x, y) => SmoothActivationKernels.Elu(x, y, 1.5f), (x, dy, dx) => SmoothActivationKernels.EluBackward(x, dy, dx, 1.5f)),
        ActivationKind.Gelu => (SmoothActivationKernels.Gelu, SmoothActivationKernels.GeluBackward),
        ActivationKind.GeluTanh => (SmoothActivationKernels.GeluTanh, SmoothActivationKernels.GeluTanhBackward),
        ActivationKind.Silu => (SmoothActivationKernels.Silu, SmoothActivationKernels.SiluBackward),
        ActivationKind.HardSwish => (SmoothActivationKernels.HardSwish, SmoothActivationKernels.HardSwishBackward),
        ActivationKind.Softplus => (SoftplusKernels.Softplus, SoftplusKernels.SoftplusBackward),
        ActivationKind.Mish => (SoftplusKernels.Mish, SoftplusKernels.MishBackward),
        _ => throw new NotSupportedException($"{function} is no kernel of these."),
    };
}
