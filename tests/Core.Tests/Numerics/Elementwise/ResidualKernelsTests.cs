using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

[Collection(nameof(WorkersAlone))]
public sealed class ResidualKernelsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(33)]
    [InlineData(40_001)]
    public void Add_AnyLength_IsTheSumWithOrWithoutRelu(int length)
    {
        using var most = new MaxThreads(3);
        float[] x = SlidingWindowOracle.Values(length, 1), y = SlidingWindowOracle.Values(length, 2);
        float[] sum = [.. y], positive = [.. y];

        ResidualKernels.Add(x, sum, relu: false);
        ResidualKernels.Add(x, positive, relu: true);

        sum.Should().Equal(y.Zip(x, (a, b) => a + b));
        positive.Should().Equal(sum.Select(value => Math.Max(0, value)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Add_NotANumber_StaysSo(bool relu)
    {
        const int length = 33;   // whole vectors, and a part of one
        float[] x = new float[length], y = new float[length];
        for (var i = 0; i < length; i++)
            (i % 2 == 0 ? x : y)[i] = float.NaN;

        ResidualKernels.Add(x, y, relu);

        y.Should().OnlyContain(value => float.IsNaN(value));
    }
}
