using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class ActivationKernelsTests
{
    [Fact]
    public void Forward_AnyInput_MatchesFormula()
    {
        var x = Some.Values(37, seed: 1, scale: 4);
        var y = new float[37];

        ActivationKernels.Relu(x, y);
        y.Should().Equal(x.Select(value => Math.Max(value, 0)));

        ActivationKernels.Sigmoid(x, y);
        y.ShouldAgree([.. x.Select(value => 1 / (1 + Math.Exp(-value)))], 1e-6);   // a few units in the last place

        ActivationKernels.Tanh(x, y);
        y.ShouldAgree([.. x.Select(value => Math.Tanh(value))], 1e-6);
    }

    [Fact]
    public void Forward_ExtremeInput_Saturates()
    {
        float[] x = [-1000, 1000];
        var y = new float[2];

        ActivationKernels.Sigmoid(x, y);
        y.Should().Equal(0, 1);

        ActivationKernels.Tanh(x, y);
        y.Should().Equal(-1, 1);
    }

    [Fact]
    public void Relu_NaN_StaysNaN()
    {
        var y = new float[1];
        ActivationKernels.Relu([float.NaN], y);

        y[0].Should().Be(float.NaN);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("sigmoid")]
    [InlineData("tanh")]
    public void Backward_RandomUpstream_MatchesFiniteDifferences(string function)
    {
        var x = Some.Values(37, seed: 2, scale: 2);
        var upstream = Some.Values(37, seed: 3);
        var (y, dx) = (new float[37], new float[37]);

        Func<double, double> formula;
        switch (function)
        {
            case "relu":
                ActivationKernels.Relu(x, y);
                ActivationKernels.ReluBackward(y, upstream, dx);
                formula = value => Math.Max(value, 0);
                break;
            case "sigmoid":
                ActivationKernels.Sigmoid(x, y);
                ActivationKernels.SigmoidBackward(y, upstream, dx);
                formula = value => 1 / (1 + Math.Exp(-value));
                break;
            default:
                ActivationKernels.Tanh(x, y);
                ActivationKernels.TanhBackward(y, upstream, dx);
                formula = Math.Tanh;
                break;
        }

        var expected = FiniteDifference.Gradient(
            values => [.. values.Select(formula)], [.. x.Select(value => (double)value)], [.. upstream.Select(value => (double)value)]);
        dx.ShouldAgree(expected, 2e-6);   // float32 rounding of y near saturation
    }
}
