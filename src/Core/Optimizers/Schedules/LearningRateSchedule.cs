namespace MLNet.BatchNorm;

/// <summary>
/// How the learning rate changes in the course of training: a factor on <see cref="Optimizer.LearningRate"/> for every step. Immutable, and
/// a function of how far training is, so that a resumed run goes on as if it had never stopped.
/// </summary>
public abstract record LearningRateSchedule
{
    private protected LearningRateSchedule()
    {
    }

    /// <summary>Puts a linear warm-up in front: the factor rises over the first steps to where this schedule starts.</summary>
    /// <param name="steps">How many steps (batches) it takes; positive.</param>
    /// <returns>Both as one schedule.</returns>
    public LearningRateSchedule WithWarmUp(int steps) => new WarmUpSchedule(steps, this);

    /// <summary>The factor for the step at hand.</summary>
    internal abstract double Factor(ScheduleProgress progress);
}

/// <summary>How far training is.</summary>
/// <param name="Step">Steps (batches) that are done, over all epochs.</param>
/// <param name="TotalSteps">Steps of the whole training.</param>
/// <param name="Losses">One per epoch that is done: the validation loss, or the training loss where there is no validation.</param>
internal readonly record struct ScheduleProgress(long Step, long TotalSteps, IReadOnlyList<double> Losses)
{
    /// <summary>Epochs that are done.</summary>
    public int Epoch => Losses.Count;
}
