namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>How far training is.</summary>
/// <param name="Step">Steps (batches) that are done, over all epochs.</param>
/// <param name="TotalSteps">Steps of the whole training.</param>
/// <param name="Losses">One per epoch that is done: the validation loss, or the training loss where there is no validation.</param>
internal readonly record struct ScheduleProgress(long Step, long TotalSteps, IReadOnlyList<double> Losses)
{
    /// <summary>Epochs that are done.</summary>
    public int Epoch => Losses.Count;
}
