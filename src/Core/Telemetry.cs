using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MLNet.BatchNorm.Core;

/// <summary>
/// What .NET's own tools see of training and prediction. As long as nobody listens, nothing is recorded and nothing allocated.
/// </summary>
internal static class Telemetry
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "MLNet.BatchNorm";

    private static readonly Meter Meter = new(Name);

    public static ActivitySource Activities { get; } = new(Name);

    public static Counter<long> TrainingRows { get; } =
        Meter.CreateCounter<long>("mlnet_batchnorm.training.rows", "{row}", "Rows that training steps have seen.");

    public static Counter<long> TrainingEpochs { get; } =
        Meter.CreateCounter<long>("mlnet_batchnorm.training.epochs", "{epoch}", "Epochs that are done.");

    public static Gauge<double> TrainingLoss { get; } =
        Meter.CreateGauge<double>("mlnet_batchnorm.training.loss", description: "Mean training loss of the last epoch.");

    public static Gauge<double> ValidationLoss { get; } =
        Meter.CreateGauge<double>("mlnet_batchnorm.training.validation_loss", description: "Mean validation loss after the last epoch.");

    public static Counter<long> PredictionRows { get; } =
        Meter.CreateCounter<long>("mlnet_batchnorm.prediction.rows", "{row}", "Rows that models have predicted.");
}
