using System.Diagnostics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>An activity for the training and one for each of its epochs, and the meters of <see cref="Telemetry"/> beside them.</summary>
internal static class TrainingTelemetry
{
    private const string Prefix = "mlnet_batchnorm.";

    /// <summary>Null if nobody listens.</summary>
    public static Activity? Start(Network network, int rows) => Telemetry.Activities.StartActivity("train")
        ?.SetTag(Prefix + "rows", rows)
        .SetTag(Prefix + "parameters", network.ParameterCount);

    /// <inheritdoc cref="Start"/>
    public static Activity? StartEpoch() => Telemetry.Activities.StartActivity("epoch");

    public static void End(this Activity? training, StopReason reason) => training?.SetTag(Prefix + "stop_reason", $"{reason}");

    public static void End(this Activity? epoch, EpochReport report)
    {
        Telemetry.TrainingEpochs.Add(1);
        Telemetry.TrainingLoss.Record(report.TrainingLoss);
        if (report.ValidationLoss is { } loss)
            Telemetry.ValidationLoss.Record(loss);
        epoch?.SetTag(Prefix + "epoch", report.Epoch)
            .SetTag(Prefix + "training_loss", report.TrainingLoss)
            .SetTag(Prefix + "validation_loss", report.ValidationLoss)
            .SetTag(Prefix + "rows_per_second", report.RowsPerSecond);
    }
}
