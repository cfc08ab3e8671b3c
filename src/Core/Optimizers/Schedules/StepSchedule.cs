using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>The learning rate is multiplied by <see cref="Decay"/> every few epochs (PyTorch: StepLR).</summary>
/// <param name="Epochs">After how many epochs each time; positive.</param>
public sealed record StepSchedule(int Epochs) : LearningRateSchedule
{
    /// <summary>After how many epochs each time; positive.</summary>
    public int Epochs { get; init => field = Require.Positive(value); } = Require.Positive(Epochs);

    /// <summary>The factor each time; greater than 0 and at most 1; default 0.1.</summary>
    public float Decay { get; init => field = Require.PositiveFraction(value); } = 0.1f;

    internal override double Factor(ScheduleProgress progress) => Math.Pow(Decay, progress.Epoch / Epochs);
}
