namespace MLNet.BatchNorm.Core.Training;

/// <summary>Where a training stands, next to what network and optimizer hold.</summary>
internal sealed class TrainingState
{
    /// <summary>Steps over all epochs.</summary>
    public long Steps { get; set; }

    /// <summary>The epochs that are done.</summary>
    public List<EpochReport> Epochs { get; init; } = [];

    /// <summary>The epoch after them, if a checkpoint was written in its course; null once it goes on.</summary>
    public UnfinishedEpoch? Unfinished { get; set; }

    /// <summary>The epoch with the lowest validation loss; null without validation.</summary>
    public BestEpoch? Best { get; set; }

    /// <summary>Time spent up to here, earlier runs included.</summary>
    public TimeSpan Before { get; init; }
}

/// <summary>What is done of an epoch.</summary>
/// <param name="Steps">Its steps so far; positive.</param>
/// <param name="Meters">What the training meter of each rank has gathered in them (<see cref="LossMeter.State"/>).</param>
internal sealed record UnfinishedEpoch(int Steps, IReadOnlyList<double[]> Meters);

/// <summary>An epoch, its validation loss and a copy of the network as it was then.</summary>
internal sealed record BestEpoch(int Epoch, double Loss, Network Network);
