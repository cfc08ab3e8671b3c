using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>A training as it was after an epoch, or in its course, from which it can go on (<see cref="TrainingLoop.Resume"/>).</summary>
internal sealed record Checkpoint
{
    public required int Seed { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Of each rank, so that their number is that of the ranks.</summary>
    public required IReadOnlyList<int> TrainingRows { get; init; }

    public required Network Network { get; init; }

    public required OptimizerState OptimizerState { get; init; }

    public required TrainingState State { get; init; }

    /// <summary>Whose it is; null in one of the first format, which did not say.</summary>
    public TrainingDescription? Description { get; init; }

    /// <summary>Refuses to go on with another number of ranks: dropout, order of the rows and rounding would be others.</summary>
    /// <exception cref="ArgumentException">It is another one.</exception>
    public void RequireRanks(Ranks? ranks)
    {
        if (TrainingRows.Count != (ranks?.Count ?? 1))
            throw new ArgumentException(
                $"The checkpoint was trained by {TrainingRows.Count} ranks, now there are {ranks?.Count ?? 1}. Resume with as many; where "
                + "they run is free.");
    }
}
