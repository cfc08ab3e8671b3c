using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// The learning rate falls along half a cosine, step by step, over the whole training (Loshchilov and Hutter, 2017, arXiv:1608.03983,
/// without restarts; PyTorch: CosineAnnealingLR).
/// </summary>
public sealed record CosineSchedule : LearningRateSchedule
{
    /// <summary>Factor at the end; at least 0, less than 1; default 0.</summary>
    public float FinalFactor { get; init => field = Require.FractionBelowOne(value); }

    internal override double Factor(ScheduleProgress progress) =>
        FinalFactor + (1 - FinalFactor) * (1 + Math.Cos(Math.PI * progress.Step / progress.TotalSteps)) / 2;
}
