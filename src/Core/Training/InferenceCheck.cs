using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>Looks whether predictions reach what training reported.</summary>
internal static class InferenceCheck
{
    private const int MostRows = 2_000;

    /// <summary>
    /// The mean loss of some training rows of every rank as predictions see them: with running statistics and without dropout.
    /// </summary>
    public static double LossOf(Network network, Loss loss, RowSource training, TrainingSettings settings)
    {
        using var batches = training.InBatches(settings.RowsPerRank);
        batches.Start(settings.Random.Derive(RandomStream.Statistics));
        var meter = new LossMeter(loss);
        var gradient = new AlignedBuffer(checked(batches.Largest * network.OutputShape.Size));
        for (var (i, rows) = (0, 0); i < batches.Count && rows < MostRows; i++)
        {
            var batch = batches.Next();
            var outputs = batch.Through(network, Pass.Inference);
            meter.Add(batch, outputs, gradient.Span[..outputs.Length]);
            rows += batch.Rows;
        }

        return meter.Over(settings.Ranks).Loss;
    }

    /// <summary>A sentence if the loss is worse than the last epoch's by more than other rows and dropout explain; else null.</summary>
    public static string? WarningFor(double inferenceLoss, double trainingLoss) => inferenceLoss <= 1.5 * trainingLoss + 0.1
        ? null
        : FormattableString.Invariant(
            $"Training rows have a loss of {inferenceLoss:0.###} in prediction, where the last epoch reported {trainingLoss:0.###}. ")
            + "The running statistics of batch normalization do not fit the weights: set PreciseStatisticsRows, or use larger batches or a "
            + "lower learning rate at the end.";
}
