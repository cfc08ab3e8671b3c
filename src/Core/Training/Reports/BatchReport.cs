using System.Globalization;

namespace MLNet.BatchNorm;

/// <summary>How far training is within an epoch.</summary>
/// <param name="Epoch">Number of the epoch, from 1.</param>
/// <param name="Epochs">How many were asked for.</param>
/// <param name="Step">Batches of the epoch that are done.</param>
/// <param name="Steps">Batches of an epoch.</param>
/// <param name="Loss">Mean loss over the rows of the epoch so far.</param>
/// <param name="MetricName">What the metric is, as in <see cref="EpochReport.MetricName"/>.</param>
/// <param name="Metric">Metric over the rows of the epoch so far.</param>
/// <param name="LearningRate">Learning rate of the last batch.</param>
/// <param name="RowsPerSecond">Training rows per second in this epoch.</param>
/// <param name="Elapsed">Time since training began.</param>
/// <param name="Remaining">Estimate of the time that all epochs still take; early stopping may shorten it.</param>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Epochs = 2,
///     BatchProgress = report => Console.WriteLine(report),
///     BatchProgressEvery = 5,                            // epoch 1/2, batch 5/8: loss 0.7, ...
/// });
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public readonly record struct BatchReport(
    int Epoch, int Epochs, int Step, int Steps, double Loss, string MetricName, double Metric, float LearningRate, double RowsPerSecond,
    TimeSpan Elapsed, TimeSpan Remaining)
{
    /// <summary>The layers in the order of the network, as this batch left them; to be read before the callback returns.</summary>
    public IReadOnlyList<LayerActivity> Layers { get; init; } = [];

    /// <summary>One line: "epoch 3/30, batch 200/1000: loss 0.1234, accuracy 96.5 % (12,345 rows/s, 0:01:05 left)".</summary>
    /// <returns>The line.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"epoch {Epoch}/{Epochs}, batch {Step}/{Steps}: {EpochReport.Figures(MetricName, Loss, Metric)} " +
        $"({RowsPerSecond:N0} rows/s, {Remaining:h\\:mm\\:ss} left)");
}
