namespace MLNet.BatchNorm.Core.Training;

/// <summary>Where a training stands, next to what network and optimizer hold.</summary>
internal sealed class TrainingState
{
    /// <summary>Steps over all epochs.</summary>
    public long Steps { get; set; }

    /// <summary>The epochs that are done.</summary>
    public List<EpochReport> Epochs { get; init; } = [];

    /// <summary>The epoch with the lowest validation loss; null without validation.</summary>
    public BestEpoch? Best { get; set; }

    /// <summary>Time spent in earlier runs.</summary>
    public TimeSpan Before { get; init; }
}

/// <summary>An epoch and the network behind it.</summary>
internal sealed record BestEpoch(int Epoch, double Loss, NetworkSnapshot Weights);
