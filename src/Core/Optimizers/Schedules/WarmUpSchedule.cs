using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// A linear warm-up in front of another schedule (Goyal et al., 2017, arXiv:1706.02677): the first step takes 1 / (steps + 1) of what the
/// other one starts with, and so on. The other one has the steps that are left.
/// </summary>
/// <param name="Steps">How many steps (batches) it takes; positive.</param>
/// <param name="Then">What follows.</param>
public sealed record WarmUpSchedule(int Steps, LearningRateSchedule Then) : LearningRateSchedule
{
    /// <summary>How many steps (batches) it takes; positive.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = Require.Positive(Steps);

    /// <summary>What follows.</summary>
    public LearningRateSchedule Then { get; init => field = Require.NotNull(value); } = Require.NotNull(Then);

    internal override double Factor(ScheduleProgress progress)
    {
        var left = progress with { Step = Math.Max(0, progress.Step - Steps), TotalSteps = Math.Max(1, progress.TotalSteps - Steps) };
        var share = progress.Step < Steps ? (progress.Step + 1.0) / (Steps + 1) : 1;
        return share * Then.Factor(left);
    }
}
