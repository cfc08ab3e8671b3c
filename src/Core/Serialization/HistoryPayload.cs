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
        for (var i = 0; i < epochs.Length; i++)
            epochs[i] = ReadEpoch(reader, number: i + 1);
        return new TrainingHistory(epochs);
    }

    private static EpochReport ReadEpoch(PayloadReader reader, int number)
    {
        var (epoch, of, metricName) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadString());
        if (epoch != number || of < number)
            throw reader.Invalid($"epoch {number} of its history says that it is epoch {epoch} of {of}.");

        var (trainingLoss, trainingMetric) = (ReadLoss(reader, number), reader.ReadDouble());
        var validated = reader.ReadBoolean();
        double? validationLoss = validated ? ReadLoss(reader, number) : null;
        double? validationMetric = validated ? reader.ReadDouble() : null;

        var (learningRate, rowsPerSecond, elapsed) = (reader.ReadSingle(), reader.ReadDouble(), reader.ReadInt64());
        if (!float.IsFinite(learningRate) || learningRate < 0)
            throw reader.Invalid($"the learning rate of epoch {number} is {learningRate}.");
        if (!(rowsPerSecond >= 0) || elapsed < 0)
            throw reader.Invalid($"epoch {number} trained {rowsPerSecond} rows a second and ended after {elapsed} x 100 ns.");
        return new EpochReport(
            epoch, of, metricName, trainingLoss, trainingMetric, validationLoss, validationMetric,
            learningRate, rowsPerSecond, new TimeSpan(elapsed));
    }

    // An epoch whose loss was not finite ended the training. A metric may be NaN, as R^2 of targets that are all the same.
    private static double ReadLoss(PayloadReader reader, int epoch)
    {
        var loss = reader.ReadDouble();
        return double.IsFinite(loss) ? loss : throw reader.Invalid($"a loss of epoch {epoch} is {loss}.");
    }
}
