using System.Diagnostics.Metrics;
using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

public sealed class PredictionTelemetryTests
{
    [Fact]
    public void Predict_MeterListener_SeesEveryRowOnce()
    {
        var model = Toy.ML.Regression.Trainers.NeuralNetwork(epochs: 1).Fit(Formula.View(Formula.Numbers(rows: 64))).Model;
        var (rows, thread) = (0L, Environment.CurrentManagedThreadId);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "mlnet_batchnorm.prediction.rows")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        // Other tests predict at the same time, on other threads.
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => rows += Environment.CurrentManagedThreadId == thread ? value : 0);
        listener.Start();

        model.Predict(new float[3 * model.InputCount], new float[3]);
        model.Predict(new float[model.InputCount], new float[1]);

        rows.Should().Be(4);
    }
}
