using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Data;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Mean and standard deviation of the targets of a regression. The network trains on (target - mean) / deviation, so that learning rate and
/// first weights suit any unit, and takes both into its last layer afterwards: w * deviation and b * deviation + mean.
/// </summary>
internal readonly record struct TargetScale(double Mean, double Deviation)
{
    /// <summary>Of the weighted rows; the deviation of targets that do not vary is 1.</summary>
    public static TargetScale Of(RowSource rows)
    {
        // West's weighted update (1979): stable where the mean is large.
        var (total, mean, squares) = (0.0, 0.0, 0.0);
        foreach (var (target, weight) in rows.Labels())
        {
            total += weight;
            var delta = target - mean;
            mean += delta * weight / total;
            squares += weight * delta * (target - mean);
        }

        return new TargetScale(mean, squares > 0 ? Math.Sqrt(squares / total) : 1);
    }

    public float Standardize(float target) => (float)((target - Mean) / Deviation);

    /// <summary>
    /// Lets a network that predicts standardized targets, and ends with a dense layer of one unit, predict them in their own unit.
    /// </summary>
    public void MoveInto(Network network)
    {
        var weights = network.Parameters[^2].Value;
        var bias = network.Parameters[^1].Value;
        TensorPrimitives.Multiply(weights, (float)Deviation, weights);
        bias[0] = (float)(bias[0] * Deviation + Mean);
    }

    /// <summary>The reverse: lets a network that predicts targets in their own unit predict standardized ones.</summary>
    public void TakeOutOf(Network network)
    {
        var weights = network.Parameters[^2].Value;
        var bias = network.Parameters[^1].Value;
        TensorPrimitives.Divide(weights, (float)Deviation, weights);
        bias[0] = (float)((bias[0] - Mean) / Deviation);
    }
}
