using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

public class HistoryPayloadTests
{
    private static readonly EpochReport First =
        new(1, 2, "R^2", 0.5, 0.75, 0.25, double.NaN, 0.01f, double.PositiveInfinity, TimeSpan.FromSeconds(1.5));

    private static readonly EpochReport Second = new(2, 2, "R^2", 0.125, 0.8125, null, null, 0, 2000, TimeSpan.FromSeconds(3));

    public static TheoryData<string, EpochReport> Impossible => new()
    {
        { "*epoch 2 of its history says that it is epoch 3 of 4.", Second with { Epoch = 3, Epochs = 4 } },
        { "*epoch 2 of its history says that it is epoch 2 of 1.", Second with { Epochs = 1 } },
        { "*a loss of epoch 2 is NaN.", Second with { TrainingLoss = double.NaN } },
        { "*a loss of epoch 2 is *", Second with { ValidationLoss = double.PositiveInfinity, ValidationMetric = 1 } },
        { "*learning rate of epoch 2 is -1.", Second with { LearningRate = -1 } },
        { "*learning rate of epoch 2 is NaN.", Second with { LearningRate = float.NaN } },
        { "*epoch 2 trained NaN rows*", Second with { RowsPerSecond = double.NaN } },
        { "*epoch 2 trained 2000 rows a second and ended after -1 x 100 ns.", Second with { Elapsed = new TimeSpan(-1) } },
    };

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var reader = Saved.Reader(writer => HistoryPayload.Write([First, Second], writer));

        HistoryPayload.Read(reader).Should().Equal(First, Second);

        reader.Left.Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Read_ImpossibleEpoch_SaysWhatIsWrong(string message, EpochReport epoch)
    {
        var read = () => HistoryPayload.Read(Saved.Reader(writer => HistoryPayload.Write([First, epoch], writer)));

        read.Should().Throw<ModelFormatException>().WithMessage(message);
    }
}
