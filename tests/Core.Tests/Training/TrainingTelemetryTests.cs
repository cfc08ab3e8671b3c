using System.Diagnostics;
using System.Diagnostics.Metrics;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public sealed class TrainingTelemetryTests
{
    private static readonly TrainingSettings Settings = new() { Epochs = 3, BatchSize = 16, Seed = 1 };

    [Fact]
    public void Run_MeterListener_SeesRowsEpochsAndLosses()
    {
        var seen = new List<(string Name, double Value)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "MLNet.BatchNorm")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        // Other tests train at the same time, on other threads.
        var thread = Environment.CurrentManagedThreadId;
        void Note(string name, double value)
        {
            if (Environment.CurrentManagedThreadId == thread)
                seen.Add((name, value));
        }

        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Note(instrument.Name, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Note(instrument.Name, value));
        listener.Start();

        var history = Train().History;

        IEnumerable<double> Values(string name) => seen.Where(entry => entry.Name == name).Select(entry => entry.Value);
        Values("mlnet_batchnorm.training.rows").Sum().Should().Be(3 * 80);
        Values("mlnet_batchnorm.training.epochs").Should().Equal(1, 1, 1);
        Values("mlnet_batchnorm.training.loss").Should().Equal(history.Select(epoch => epoch.TrainingLoss));
        Values("mlnet_batchnorm.training.validation_loss").Should().Equal(history.Select(epoch => epoch.ValidationLoss!.Value));
    }

    [Fact]
    public void Run_ActivityListener_SeesTheTrainingAndItsEpochs()
    {
        var ended = new List<Activity>();
        using var root = new Activity("test").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "MLNet.BatchNorm",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == root.TraceId)
                    ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);

        var history = Train().History;

        ended.Select(activity => activity.OperationName).Should().Equal("epoch", "epoch", "epoch", "train");
        var training = ended[^1];
        ended[..3].Should().OnlyContain(epoch => epoch.ParentSpanId == training.SpanId);
        ended[1].GetTagItem("mlnet_batchnorm.training_loss").Should().Be(history[1].TrainingLoss);
        training.GetTagItem("mlnet_batchnorm.rows").Should().Be(80);
        training.GetTagItem("mlnet_batchnorm.stop_reason").Should().Be("Completed");
    }

    private static TrainingResult Train()
    {
        var (training, validation) = Some.Clusters(100, 5, 3, seed: 2).Split(0.2f, seed: 1);
        return new TrainingLoop(Some.SmallNetwork(), new SoftmaxCrossEntropy(), Settings).Run(training, validation);
    }
}
