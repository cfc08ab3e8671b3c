using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

/// <summary>What a finished epoch is warned of, at the borders that the summaries name.</summary>
public class TrainingWarningTests
{
    [Theory]
    [InlineData(true, 1.0, 1.0, 0.9, 1.05, 0.8, 1.08, 0.7, 1.1)]
    [InlineData(false, 1.0, 1.0, 0.9, 1.05, 0.8, 1.08, 0.7, 1.099)]   // rose by less than 10 %
    [InlineData(false, 1.0, 1.0, 0.9, 1.05, 0.8, 1.08, 1.0, 1.1)]   // the training loss did not fall
    [InlineData(false, 1.0, 1.0, 0.9, 0.9, 0.8, 1.08, 0.7, 1.1)]   // the lowest was two epochs ago
    [InlineData(false, 1.0, 1.0, 0.8, 1.08, 0.7, 1.1)]
    public void Overfitting_ValidationLossTenPercentAboveThatOfThreeEpochsAgo_IsWarnedOf(bool warns, params double[] losses)
    {
        EpochReport[] epochs = [.. losses.Chunk(2).Select((pair, i) => Epoch(i + 1, pair[0], pair[1]))];

        (Overfitting.WarningFor(epochs) is not null).Should().Be(warns);
    }

    [Fact]
    public void Overfitting_NoEpochsOrNoValidation_IsNotWarnedOf()
    {
        Overfitting.WarningFor([]).Should().BeNull();
        Overfitting.WarningFor([Epoch(1, 1, null), Epoch(2, 0.5, null), Epoch(3, 0.4, null), Epoch(4, 0.3, null)]).Should().BeNull();
    }

    [Theory]
    [InlineData(1_000_000, 1, 0.9, true)]
    [InlineData(1_000_000, 1, 0.901, false)]   // less than 10 %
    [InlineData(1_000_000, 0.05, 0.044, false)]   // less than 0.01
    [InlineData(1_000_000, 0.1, 0.08, true)]
    [InlineData(100, 1, 0.31, false)]   // less than the noise of 100 rows, 7 / sqrt(100)
    [InlineData(100, 1, 0.29, true)]
    public void Convergence_LastEpochTookMoreThanNoise_IsWarnedOf(int rows, double before, double last, bool warns)
    {
        (Convergence.WarningFor([Epoch(1, before, null), Epoch(2, last, null)], rows) is not null).Should().Be(warns);
        (Convergence.WarningFor([Epoch(1, before, 1), Epoch(2, last, 0.999)], rows) is not null).Should().Be(warns);
    }

    [Fact]
    public void Convergence_OneEpochOrValidationThatDidNotFall_IsNotWarnedOf()
    {
        Convergence.WarningFor([], rows: 1000).Should().BeNull();
        Convergence.WarningFor([Epoch(1, 1, null)], rows: 1000).Should().BeNull();
        Convergence.WarningFor([Epoch(1, 1, 1), Epoch(2, 0.1, 1)], rows: 1000).Should().BeNull();
    }

    [Theory]
    [InlineData(1_000_000, 1.0, true, 0.9, 0.4, 0.601)]
    [InlineData(1_000_000, 1.0, false, 0.9, 0.4, 0.599)]   // rose by less than half
    [InlineData(1_000_000, 1.0, true, 0.9, 0.05, 0.151)]
    [InlineData(1_000_000, 1.0, false, 0.9, 0.05, 0.149)]   // by less than a tenth of the loss of zeros
    [InlineData(49, 2.0, false, 0.9, 0.4, 0.799)]   // by less than the noise of 49 rows, 7 / sqrt(49)
    [InlineData(49, 2.0, true, 0.9, 0.4, 0.8)]
    [InlineData(1_000_000, null, false, 0.9, 0.4, 5.0)]
    [InlineData(1_000_000, 0.0, false, 0.0, 0.1)]   // nothing to compare with: zeros are right
    [InlineData(1_000_000, 1.0, true, 0.4, 0.601)]
    [InlineData(1_000_000, 1.0, false, 0.4)]
    [InlineData(1_000_000, 1.0, true, 0.0, -0.1, 0.05)]
    [InlineData(1_000_000, 1.0, false, 0.0, -0.4, -0.25)]   // by less than half of its size
    public void Instability_LossRoseSinceItsLowest_IsWarnedOf(int rows, double? ofZeros, bool warns, params double[] losses)
    {
        EpochReport[] epochs = [.. losses.Select((loss, i) => Epoch(i + 1, loss, null))];

        (Instability.WarningFor(epochs, rows, ofZeros, learningRate: 1) is not null).Should().Be(warns);
    }

    private static EpochReport Epoch(int number, double training, double? validation) =>
        new(number, 10, "accuracy", training, 0.5, validation, validation is null ? null : 0.5, 0.1f, 1, TimeSpan.Zero);
}
