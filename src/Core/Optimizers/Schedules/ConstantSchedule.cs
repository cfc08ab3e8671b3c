namespace MLNet.BatchNorm;

/// <summary>The learning rate stays as it is.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    internal override double Factor(ScheduleProgress progress) => 1;
}
