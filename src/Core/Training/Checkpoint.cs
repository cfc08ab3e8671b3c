using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>A training as it was after an epoch, from which it can go on (<see cref="TrainingLoop.Resume"/>).</summary>
internal sealed class Checkpoint
{
    public required int Seed { get; init; }

    public required int BatchSize { get; init; }

    public required int TrainingRows { get; init; }

    public required Network Network { get; init; }

    public required OptimizerState OptimizerState { get; init; }

    public required TrainingState State { get; init; }

    /// <summary>Whose it is; null in one of the first format, which did not say.</summary>
    public TrainingDescription? Description { get; init; }
}
