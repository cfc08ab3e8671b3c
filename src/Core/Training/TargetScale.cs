using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Mean and standard deviation of the targets of a regression. The network trains on (target - mean) / deviation, so that learning rate and
/// first weights suit any unit, and takes both into its last layer afterwards: w * deviation and b * deviation + mean. With a
/// deviation of 0 that predicts the mean, whatever the network learned.
/// </summary>
internal readonly record struct TargetScale(double Mean, double Deviation) : ITargetScale
{
    // Predictions may lie many deviations from the mean, and what is summed up for them even more.
    private const double MostDeviations = 1000;

    /// <summary>Of the weighted rows.</summary>
    /// <exception cref="InvalidOperationException">The targets are so large that predictions of them would overflow.</exception>
    public static TargetScale Of(RowSource rows, Ranks? ranks = null)
    {
        var moments = new ChannelMoments(1);
        foreach (var (target, weight) in rows.Labels())
            moments.Add(channel: 0, target, weight);
        moments = ranks.Merged(moments);
        var (mean, deviation) = (moments.Mean(0), Math.Sqrt(moments.PopulationVariance(0)));
        return deviation == 0 || Math.Abs(mean) + MostDeviations * deviation <= float.MaxValue
            ? new TargetScale(mean, deviation)
            : throw new InvalidOperationException(
                FormattableString.Invariant($"The labels have mean {mean:G3} and deviation {deviation:G3}: predictions of them would ")
                + "overflow a 32-bit float. Divide the labels by a power of ten before training.");
    }

    /// <inheritdoc/>
    public ITargetScale ForTrained() => Deviation == 0 ? this with { Deviation = 1 } : this;

    /// <inheritdoc/>
    public float Standardize(float target) => Deviation == 0 ? 0 : (float)((target - Mean) / Deviation);

    /// <inheritdoc/>
    public void MoveInto(Network network)
    {
        var weights = network.TrainableParameters[^2].Value;
        var bias = network.TrainableParameters[^1].Value;
        TensorPrimitives.Multiply(weights, (float)Deviation, weights);
        bias[0] = (float)(bias[0] * Deviation + Mean);
    }

    /// <inheritdoc/>
    /// <remarks>The deviation must not be 0, as <see cref="ForTrained"/> sees to.</remarks>
    public void TakeOutOf(Network network)
    {
        var weights = network.TrainableParameters[^2].Value;
        var bias = network.TrainableParameters[^1].Value;
        TensorPrimitives.Divide(weights, (float)Deviation, weights);
        bias[0] = (float)((bias[0] - Mean) / Deviation);
    }
}
