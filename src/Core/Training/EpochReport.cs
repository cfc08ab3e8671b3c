using System.Globalization;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// What one epoch of training came to. Training figures are taken while the parameters change, with batch statistics and dropout;
/// validation figures after the epoch, as a prediction would be.
/// </summary>
/// <param name="Epoch">Number of the epoch, from 1.</param>
/// <param name="Epochs">How many were asked for.</param>
/// <param name="TrainingLoss">Mean loss over the training rows.</param>
/// <param name="TrainingAccuracy">Share of the training rows predicted right, 0 to 1; null if the loss knows no right and wrong.</param>
/// <param name="ValidationLoss">Mean loss over the validation rows; null without validation.</param>
/// <param name="ValidationAccuracy">Share of the validation rows predicted right; null without validation, or as for training.</param>
/// <param name="LearningRate">Learning rate of the epoch.</param>
/// <param name="RowsPerSecond">Training rows per second, validation not counted.</param>
/// <param name="Elapsed">Time since training began.</param>
public sealed record EpochReport(
    int Epoch, int Epochs, double TrainingLoss, double? TrainingAccuracy, double? ValidationLoss, double? ValidationAccuracy,
    float LearningRate, double RowsPerSecond, TimeSpan Elapsed)
{
    /// <summary>One line: "epoch 3/30: loss 0.1234, accuracy 96.5 %, validation loss 0.2000, accuracy 94.1 % (12,345 rows/s)".</summary>
    /// <returns>The line.</returns>
    public override string ToString()
    {
        var validation = ValidationLoss is { } loss ? $", validation {Figures(loss, ValidationAccuracy)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {Epoch}/{Epochs}: {Figures(TrainingLoss, TrainingAccuracy)}{validation} ({RowsPerSecond:N0} rows/s)");
    }

    private static string Figures(double loss, double? accuracy) =>
        accuracy is null
            ? string.Create(CultureInfo.InvariantCulture, $"loss {loss:F4}")
            : string.Create(CultureInfo.InvariantCulture, $"loss {loss:F4}, accuracy {100 * accuracy:F1} %");
}
