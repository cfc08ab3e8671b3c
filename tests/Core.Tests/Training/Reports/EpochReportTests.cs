
namespace MLNet.BatchNorm.Core.Tests.Training.Reports;

public class EpochReportTests
{
    private static readonly EpochReport Report =
        new(3, 30, "accuracy", 0.12345, 0.9651, 0.2, 0.941, 1e-3f, 12345.4, TimeSpan.FromSeconds(1));

    [Fact]
    public void Remaining_AfterThreeOfThirtyEpochs_IsNineTimesWhatTheyTook() => Report.Remaining.Should().Be(TimeSpan.FromSeconds(9));

    [Fact]
    public void ToString_AllFigures_IsOneLine() =>
        Report.ToString().Should().Be("epoch 3/30: loss 0.1235, accuracy 96.5 %, validation loss 0.2000, accuracy 94.1 % (12,345 rows/s)");

    [Fact]
    public void ToString_RegressionWithoutValidation_ShowsRSquared() =>
        (Report with { MetricName = "R^2", ValidationLoss = null, ValidationMetric = null }).ToString().Should().Be(
            "epoch 3/30: loss 0.1235, R^2 0.9651 (12,345 rows/s)");
}
