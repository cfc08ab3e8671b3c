using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>The learning rate is multiplied by the same factor after every epoch (PyTorch: ExponentialLR).</summary>
/// <param name="Decay">The factor; greater than 0 and at most 1.</param>
public sealed record ExponentialSchedule(float Decay) : LearningRateSchedule
{
    /// <summary>The factor; greater than 0 and at most 1.</summary>
    public float Decay { get; init => field = Require.PositiveFraction(value); } = Require.PositiveFraction(Decay);

    internal override double Factor(ScheduleProgress progress) => Math.Pow(Decay, progress.Epoch);
}
