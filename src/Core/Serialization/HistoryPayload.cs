// A training history inside another payload:
//
//   int32 number of epochs, then for each:
//     int32 epoch, int32 epochs, string metric name, float64 training loss, float64 training metric,
//     boolean has validation, float64 validation loss and float64 validation metric if so,
//     float32 learning rate, float64 rows per second, int64 elapsed time in units of 100 ns

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>Saves and loads the history of a training as part of another payload.</summary>
internal static class HistoryPayload
{
    private const int BytesPerEpoch = 49;   // at least: an empty name and no validation

    public static void Write(IReadOnlyCollection<EpochReport> history, PayloadWriter writer)
    {
        writer.Write(history.Count);
        foreach (var epoch in history)
        {
            writer.Write(epoch.Epoch);
            writer.Write(epoch.Epochs);
            writer.Write(epoch.MetricName);
            writer.Write(epoch.TrainingLoss);
            writer.Write(epoch.TrainingMetric);
            writer.Write(epoch.ValidationLoss.HasValue);
            if (epoch is { ValidationLoss: { } loss, ValidationMetric: { } metric })
            {
                writer.Write(loss);
                writer.Write(metric);
            }

            writer.Write(epoch.LearningRate);
            writer.Write(epoch.RowsPerSecond);
            writer.Write(epoch.Elapsed.Ticks);
        }
    }

    public static TrainingHistory Read(PayloadReader reader)
    {
        var epochs = new EpochReport[reader.ReadCount(BytesPerEpoch)];
        foreach (ref var epoch in epochs.AsSpan())
        {
            var (number, of, metricName) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadString());
            var (trainingLoss, trainingMetric) = (reader.ReadDouble(), reader.ReadDouble());
            var validated = reader.ReadBoolean();
            double? validationLoss = validated ? reader.ReadDouble() : null;
            double? validationMetric = validated ? reader.ReadDouble() : null;
            var (learningRate, rowsPerSecond) = (reader.ReadSingle(), reader.ReadDouble());
            epoch = new EpochReport(
                number, of, metricName, trainingLoss, trainingMetric, validationLoss, validationMetric,
                learningRate, rowsPerSecond, new TimeSpan(reader.ReadInt64()));
        }

        return new TrainingHistory(epochs);
    }
}
