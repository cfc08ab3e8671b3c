using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class OutputPriorTests
{
    [Fact]
    public void LogOdds_OneInFour_IsThatOfItsShare() =>
        OutputPrior.LogOdds(Rows([1, 0, 0, 0])).Should().BeApproximately((float)Math.Log(1.0 / 3), 1e-6f);

    [Fact]
    public void LogOdds_AllTheSame_IsFinite() =>
        OutputPrior.LogOdds(Rows([1, 1, 1])).Should().BeApproximately((float)Math.Log(1 / 1e-4), 1e-6f);

    [Theory]
    [InlineData(1)]
    [InlineData(0.001f)]
    public void LogOdds_WeightedRows_IsThatOfTheShareOfWeight(float unit) =>
        OutputPrior.LogOdds(Rows([1, 0], [3 * unit, unit])).Should().BeApproximately((float)Math.Log(3), 1e-5f);

    [Fact]
    public void LogShares_Classes_AreCentred()
    {
        var logs = OutputPrior.LogShares(Rows([0, 0, 0, 1, 1, 2]), classes: 4);

        logs.Sum().Should().BeApproximately(0, 1e-6f);
        (logs[0] - logs[1]).Should().BeApproximately((float)Math.Log(1.5), 1e-6f);
        (logs[2] - logs[3]).Should().BeApproximately((float)Math.Log(1.0 / 6 / 1e-4), 1e-5f);
    }

    [Fact]
    public void LogShares_EvenClasses_AreZero() =>
        OutputPrior.LogShares(Rows([0, 1, 2, 0, 1, 2]), classes: 3).Should().OnlyContain(log => log == 0);

    private static Dataset Rows(float[] targets, float[]? weights = null)
    {
        var builder = new DatasetBuilder(1, weights is not null);
        for (var i = 0; i < targets.Length; i++)
            builder.Add([0], targets[i], weights?[i] ?? 1);
        return builder.ToDataset();
    }
}
