using MLNet.BatchNorm.Core.Losses;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>Loss and accuracy over several batches, each row with its weight.</summary>
internal sealed class Score(Loss loss)
{
    private double lossSum;
    private double? correct = 0;
    private double totalWeight;

    public double Loss => lossSum / totalWeight;

    public double? Accuracy => correct / totalWeight;

    /// <summary>Adds a batch and returns its mean loss; fills the gradient on the way.</summary>
    public double Add(Batch batch, ReadOnlySpan<float> outputs, Span<float> gradient)
    {
        var mean = loss.Evaluate(outputs, batch.Targets, batch.Weights, gradient);
        var weight = batch.TotalWeight;
        lossSum += mean * weight;
        correct += loss.CorrectWeight(outputs, batch.Targets, batch.Weights);
        totalWeight += weight;
        return mean;
    }
}
