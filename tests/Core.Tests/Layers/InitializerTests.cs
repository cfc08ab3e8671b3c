
namespace MLNet.BatchNorm.Core.Tests.Layers;

public class InitializerTests
{
    private const int FanIn = 200, FanOut = 300;

    public static TheoryData<Initializer, double> Deviations => new()
    {
        { Initializer.He, Math.Sqrt(2.0 / FanIn) },
        { Initializer.Glorot, Math.Sqrt(2.0 / (FanIn + FanOut)) },   // bound / sqrt(3)
        { Initializer.PyTorch, Math.Sqrt(1.0 / FanIn / 3) },
        { Initializer.Normal(0.01f), 0.01 },
    };

    [Theory]
    [MemberData(nameof(Deviations))]
    public void FillWeights_ManyWeights_HaveMeanZeroAndTheStatedDeviation(Initializer initializer, double deviation)
    {
        var weights = Fill(initializer, seed: 1);

        // 60,000 weights: standard errors 0.4 % of the deviation for the mean, 0.3 % for the deviation.
        weights.Average(weight => (double)weight).Should().BeApproximately(0, 0.02 * deviation);
        Math.Sqrt(weights.Average(weight => (double)weight * weight)).Should().BeApproximately(deviation, 0.015 * deviation);
    }

    [Fact]
    public void FillWeights_Uniform_StaysWithinBounds()
    {
        ((double)Fill(Initializer.Glorot, 1).Max(Math.Abs)).Should().BeInRange(0.99 * Math.Sqrt(6.0 / 500), Math.Sqrt(6.0 / 500) + 1e-8);
        ((double)Fill(Initializer.PyTorch, 1).Max(Math.Abs)).Should().BeInRange(0.99 * Math.Sqrt(1.0 / 200), Math.Sqrt(1.0 / 200) + 1e-8);
    }

    [Fact]
    public void FillWeights_SameSeed_SameWeights()
    {
        Fill(Initializer.He, 1).Should().Equal(Fill(Initializer.He, 1));
        Fill(Initializer.He, 1).Should().NotEqual(Fill(Initializer.He, 2));
    }

    [Fact]
    public void FillBias_IsZeroButForPyTorch()
    {
        var random = new CounterRandom(1);
        float[] bias = [1, 2, 3];

        Initializer.He.FillBias(bias, FanIn, ref random);
        bias.Should().Equal(0, 0, 0);

        Initializer.PyTorch.FillBias(bias, FanIn, ref random);
        bias.Should().OnlyContain(value => value != 0 && Math.Abs(value) < Math.Sqrt(1.0 / FanIn));
    }

    private static float[] Fill(Initializer initializer, int seed)
    {
        var random = new CounterRandom((ulong)seed);
        var weights = new float[FanIn * FanOut];
        initializer.FillWeights(weights, FanIn, FanOut, ref random);
        return weights;
    }
}
