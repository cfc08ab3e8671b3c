using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Mean of the targets of a regression with log link, which are 0 or more. The network trains on target / mean, whose logarithm starts
/// around 0 as the outputs do, and takes the mean into its last layer afterwards: b + log(mean).
/// </summary>
internal readonly record struct LogTargetScale(double Mean) : ITargetScale
{
    /// <summary>Of the weighted rows; 1 where all targets are 0.</summary>
    public static LogTargetScale Of(RowSource rows, Ranks? ranks = null)
    {
        var moments = new ChannelMoments(1);
        foreach (var (target, weight) in rows.Labels())
            moments.Add(channel: 0, target, weight);
        moments = ranks.Merged(moments);
        return new LogTargetScale(moments.Mean(0) is > 0 and var mean ? mean : 1);
    }

    /// <inheritdoc/>
    public ITargetScale ForTrained() => this;

    /// <inheritdoc/>
    public float Standardize(float target) => (float)(target / Mean);

    /// <inheritdoc/>
    public void MoveInto(Network network) => network.TrainableParameters[^1].Value[0] += (float)Math.Log(Mean);

    /// <inheritdoc/>
    public void TakeOutOf(Network network) => network.TrainableParameters[^1].Value[0] -= (float)Math.Log(Mean);
}
