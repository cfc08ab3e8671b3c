using System.Globalization;
using MLNet.BatchNorm.Core.Losses;

namespace MLNet.BatchNorm;

/// <summary>
/// What one epoch of training came to. Training figures are taken while the parameters change, with batch statistics and dropout;
/// validation figures after the epoch, as a prediction would be.
/// </summary>
/// <param name="Epoch">Number of the epoch, from 1.</param>
/// <param name="Epochs">How many were asked for.</param>
/// <param name="MetricName">What the metrics are: "accuracy", a share from 0 to 1, or "R^2", 1 at best.</param>
/// <param name="TrainingLoss">Mean loss over the training rows.</param>
/// <param name="TrainingMetric">Metric over the training rows.</param>
/// <param name="ValidationLoss">Mean loss over the validation rows; null without validation.</param>
/// <param name="ValidationMetric">Metric over the validation rows; null without validation.</param>
/// <param name="LearningRate">Learning rate of the epoch.</param>
/// <param name="RowsPerSecond">Training rows per second, validation not counted.</param>
/// <param name="Elapsed">Time since training began.</param>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Epochs = 3,
///     ValidationFraction = 0.25f,
///     Progress = report => Console.WriteLine($"{report} - {report.Remaining:m\\:ss} left"),
/// });
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public sealed record EpochReport(
    int Epoch, int Epochs, string MetricName, double TrainingLoss, double TrainingMetric, double? ValidationLoss, double? ValidationMetric,
    float LearningRate, double RowsPerSecond, TimeSpan Elapsed)
{
    /// <summary>
    /// Estimate of the time that the epochs left take, if they take as long as those before; early stopping may shorten it.
    /// </summary>
    public TimeSpan Remaining => Elapsed * ((double)(Epochs - Epoch) / Epoch);

    /// <summary>One line: "epoch 3/30: loss 0.1234, accuracy 96.5 %, validation loss 0.2000, accuracy 94.1 % (12,345 rows/s)".</summary>
    /// <returns>The line.</returns>
    public override string ToString()
    {
        var validation = ValidationLoss is { } loss ? $", validation {Figures(MetricName, loss, ValidationMetric ?? double.NaN)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {Epoch}/{Epochs}: {Figures(MetricName, TrainingLoss, TrainingMetric)}{validation} ({RowsPerSecond:N0} rows/s)");
    }

    /// <summary>"loss 0.1234, accuracy 96.5 %", or "loss 0.1234, R^2 0.9876".</summary>
    internal static string Figures(string metricName, double loss, double metric) => metricName == Accuracy.Name
        ? string.Create(CultureInfo.InvariantCulture, $"loss {loss:F4}, accuracy {100 * metric:F1} %")
        : string.Create(CultureInfo.InvariantCulture, $"loss {loss:F4}, {metricName} {metric:F4}");
}
