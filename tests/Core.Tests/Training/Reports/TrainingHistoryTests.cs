namespace MLNet.BatchNorm.Core.Tests.Training.Reports;

public class TrainingHistoryTests
{
    private static readonly TrainingHistory History = new(
    [
        new EpochReport(1, 2, "accuracy", 0.5, 0.75, 0.25, 0.875, 0.01f, 1000, TimeSpan.FromSeconds(1.5)),
        new EpochReport(2, 2, "accuracy", 0.125, 0.8125, null, null, 0.001f, 2000, TimeSpan.FromSeconds(3)),
    ]);

    [Fact]
    public void WriteCsv_OneLinePerEpoch_AbsentFiguresAreEmpty()
    {
        using var writer = new StringWriter();

        History.WriteCsv(writer);

        writer.ToString().Should().Be(
            "epoch,training_loss,training_metric,validation_loss,validation_metric,metric,learning_rate,rows_per_second,elapsed_seconds\n"
            + "1,0.5,0.75,0.25,0.875,accuracy,0.01,1000,1.5\n"
            + "2,0.125,0.8125,,,accuracy,0.001,2000,3\n");
    }

    [Fact]
    public void ToString_IsALinePerEpoch() => History.ToString().Should().Be($"{History[0]}\n{History[1]}");
}
