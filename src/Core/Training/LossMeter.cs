using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
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

    /// <summary>What was gathered so far, for another one to take over.</summary>
    public double[] State => [lossSum, totalWeight, .. metric.State];

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

    /// <summary>Adds what another one gathered; the first one is taken over to the last bit.</summary>
    /// <param name="state">Its <see cref="State"/>.</param>
    public void Add(ReadOnlySpan<double> state)
    {
        lossSum += state[0];
        totalWeight += state[1];
        metric.Add(state[2..]);
    }

    /// <summary>Loss and metric over the batches of all ranks.</summary>
    public LossMeter Over(Ranks? ranks)
    {
        if (ranks is null)
            return this;
        var all = new LossMeter(loss);
        foreach (var state in ranks.AllOf<double>(State))
            all.Add(state);
        return all;
    }
}
