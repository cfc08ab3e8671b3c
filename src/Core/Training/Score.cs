using MLNet.BatchNorm.Core.Losses;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>Loss and metric over several batches, each row with its weight.</summary>
internal sealed class Score(Loss loss)
{
    private readonly Metric metric = loss.NewMetric();
    private double lossSum;
    private double totalWeight;

    public double Loss => lossSum / totalWeight;

    public double Metric => metric.Value;

    /// <summary>Adds a batch and returns its mean loss; fills the gradient on the way.</summary>
    public double Add(Batch batch, ReadOnlySpan<float> outputs, Span<float> gradient)
    {
        var mean = loss.Evaluate(outputs, batch.Targets, batch.Weights, gradient);
        var weight = batch.TotalWeight;
        lossSum += mean * weight;
        metric.Add(outputs, batch.Targets, batch.Weights);
        totalWeight += weight;
        return mean;
    }
}
