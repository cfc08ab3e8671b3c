using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Training.Augmenting;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>Loss and metric over several batches, each row with its weight.</summary>
internal sealed class LossMeter(Loss loss)
{
    private readonly Metric metric = loss.NewMetric();
    private double lossSum;
    private double totalWeight;

    public double Loss => lossSum / totalWeight;

    public double Metric => metric.Value;

    /// <summary>Adds a batch and returns its mean loss; fills the gradient on the way.</summary>
    public double Add(Batch batch, ReadOnlySpan<float> outputs, Span<float> gradient, MixUp? mixUp = null)
    {
        var mean = mixUp is null
            ? loss.Evaluate(outputs, batch.Targets, batch.Weights, gradient)
            : mixUp.Evaluate(loss, batch, outputs, gradient);
        var weight = batch.TotalWeight;
        lossSum += mean * weight;
        metric.Add(outputs, batch.Targets, batch.Weights);
        totalWeight += weight;
        return mean;
    }
}
