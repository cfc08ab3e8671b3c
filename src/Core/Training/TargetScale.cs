using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Mean and standard deviation of the targets of a regression. The network trains on (target - mean) / deviation, so that learning rate and
/// first weights suit any unit, and takes both into its last layer afterwards: w * deviation and b * deviation + mean.
/// </summary>
internal readonly record struct TargetScale(double Mean, double Deviation) : ITargetScale
{
    /// <summary>Of the weighted rows; the deviation of targets that do not vary is 1.</summary>
    public static TargetScale Of(RowSource rows)
    {
        var moments = new ChannelMoments(1);
        foreach (var (target, weight) in rows.Labels())
            moments.Add(channel: 0, target, weight);
        var variance = moments.PopulationVariance(0);
        return new TargetScale(moments.Mean(0), variance > 0 ? Math.Sqrt(variance) : 1);
    }

    /// <inheritdoc/>
    public float Standardize(float target) => (float)((target - Mean) / Deviation);

    /// <inheritdoc/>
    public void MoveInto(Network network)
    {
        var weights = network.TrainableParameters[^2].Value;
        var bias = network.TrainableParameters[^1].Value;
        TensorPrimitives.Multiply(weights, (float)Deviation, weights);
        bias[0] = (float)(bias[0] * Deviation + Mean);
    }

    /// <inheritdoc/>
    public void TakeOutOf(Network network)
    {
        var weights = network.TrainableParameters[^2].Value;
        var bias = network.TrainableParameters[^1].Value;
        TensorPrimitives.Divide(weights, (float)Deviation, weights);
        bias[0] = (float)((bias[0] - Mean) / Deviation);
    }
}
