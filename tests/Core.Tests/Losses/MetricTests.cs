using MLNet.BatchNorm.Core.Losses;

namespace MLNet.BatchNorm.Core.Tests.Losses;

public class MetricTests
{
    [Fact]
    public void Accuracy_SeveralOutputs_CountsRowsOrTheirWeights()
    {
        float[] outputs = [3, 1, 2, 0, 5, 1, 0, 1, 9];
        float[] targets = [0, 2, 2];

        Of(new Accuracy(), outputs, targets, []).Should().Be(2 / 3.0);
        Of(new Accuracy(), outputs, targets, [10, 20, 40]).Should().Be(50 / 70.0);
    }

    // A loop for few outputs, a vectorized function for many.
    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(40)]
    public void Accuracy_LargestOutputTwiceOrNoNumber_IsTheFirst(int columns)
    {
        var outputs = new float[3 * columns];
        (outputs[columns - 2], outputs[columns - 1]) = (7, 7);
        (outputs[columns], outputs[(2 * columns) - 1]) = (float.PositiveInfinity, float.NaN);
        outputs.AsSpan(2 * columns).Fill(-3);
        float[] right = [columns - 2, columns - 1, 0];

        Of(new Accuracy(), outputs, right, []).Should().Be(1);
        Of(new Accuracy(), outputs, [.. right.Select(target => (target + 1) % columns)], []).Should().Be(0);
    }

    [Fact]
    public void Accuracy_OneOutput_IsPositiveForOne() => Of(new Accuracy(), [2, -1, 3, -4], [1, 1, 0, 0], []).Should().Be(0.5);

    [Fact]
    public void Accuracy_OutputOfExactlyZero_CountsAsNo() => Of(new Accuracy(), [0, -0f, 0], [0, 0, 1], []).Should().Be(2 / 3.0);

    [Fact]
    public void RSquared_FirstRowsOfWeightZero_DoNotCount()
    {
        var metric = new RSquared();
        metric.Add([5, float.PositiveInfinity], [70, float.MaxValue], [0, 0]);
        metric.Add([1, 2, 4], [1, 2, 3], [1, 1, 1]);

        metric.Value.Should().BeApproximately(1 - 1 / 2.0, 1e-12);   // double
    }

    [Fact]
    public void RSquared_LargeMeanInTwoBatches_MatchesFormula()
    {
        var metric = new RSquared();
        metric.Add([10_001, 10_003], [10_001, 10_002], [1, 2]);
        metric.Add([10_000, 77], [10_004, 0], [3, 0]);

        // Weighted mean of the targets 10001, 10002, 10002, 10004 (3 times) is 10002 5/6.
        var deviations = 1 * Math.Pow(11 / 6.0, 2) + 2 * Math.Pow(5 / 6.0, 2) + 3 * Math.Pow(7 / 6.0, 2);
        metric.Value.Should().BeApproximately(1 - (2 * 1 + 3 * 16) / deviations, 1e-9);   // double
    }

    [Fact]
    public void RSquared_ConstantTargets_IsNaN() => Of(new RSquared(), [1, 2], [3, 3], []).Should().Be(double.NaN);

    private static double Of(Metric metric, float[] outputs, float[] targets, float[] weights)
    {
        metric.Add(outputs, targets, weights);
        return metric.Value;
    }
}
