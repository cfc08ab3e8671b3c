using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>Where and how often training is written to a file from which it can be resumed. Immutable.</summary>
/// <param name="Path">The file. It is replaced as a whole, so that it is valid at any time.</param>
public sealed record CheckpointOptions(string Path)
{
    /// <summary>The file. It is replaced as a whole, so that it is valid at any time.</summary>
    public string Path { get; init => field = Require.NotNull(value); } = Require.NotNull(Path);

    /// <summary>After how many epochs each time; positive; default 1. The last epoch is always written.</summary>
    public int EveryEpochs { get; init => field = Require.Positive(value); } = 1;
}
