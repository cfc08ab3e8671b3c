using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>How to train: everything but the network, the loss and the data.</summary>
internal sealed record TrainingSettings
{
    public Optimizer Optimizer { get; init => field = Require.NotNull(value); } = new Adam();

    public int Epochs { get; init => field = Require.Positive(value); } = 10;

    /// <summary>Rows per step; at least 2.</summary>
    public int BatchSize { get; init => field = Require.AtLeast(2, value); } = 32;

    /// <summary>Decides the order of the rows and what dropout drops.</summary>
    public int Seed { get; init; }
}
