using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>How to train: everything but the network, the loss and the data.</summary>
internal sealed record TrainingSettings
{
    public Optimizer Optimizer { get; init => field = Require.NotNull(value); } = new Adam();

    public LearningRateSchedule Schedule { get; init => field = Require.NotNull(value); } = new ConstantSchedule();

    /// <summary>What the learning rate is multiplied with in the layer of a name; null: 1 in all.</summary>
    public Func<string, float>? LearningRateFactor { get; init; }

    public int Epochs { get; init => field = Require.Positive(value); } = 10;

    /// <summary>
    /// After which epoch to stop all the same, with a checkpoint to go on from, as if it had never stopped; positive; null: after the last.
    /// </summary>
    public int? StopAfterEpoch { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>The last epoch of this run.</summary>
    public int LastEpoch => Math.Min(Epochs, StopAfterEpoch ?? Epochs);

    /// <summary>Rows per step, of all ranks together; at least 2.</summary>
    public int BatchSize { get; init => field = Require.AtLeast(2, value); } = 32;

    /// <summary>Those that train together; null: one alone.</summary>
    public Ranks? Ranks { get; init => field = value is { Count: > 1 } ? value : null; }

    /// <summary>Null: rows are trained on as they are.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>Decides the order of the rows, what dropout drops and what augmentation draws.</summary>
    public int Seed { get; init; }

    /// <summary>Null: train all epochs and keep the last one.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>How long training may take; positive; null: as long as its epochs.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>
    /// Called after every <see cref="CheckpointEvery"/> epochs and after <see cref="LastEpoch"/>, on the thread that trains, with all
    /// that training needs to go on. The checkpoint changes with the next step, so it is to be saved before the call returns.
    /// </summary>
    public Action<Checkpoint>? SaveCheckpoint { get; init; }

    /// <summary>What a checkpoint is to be known by; null: nothing but its network, seed, batch size, rows and optimizer.</summary>
    public TrainingDescription? Description { get; init; }

    public int CheckpointEvery { get; init => field = Require.Positive(value); } = 1;

    /// <summary>After how many steps each time <see cref="SaveCheckpoint"/> is called too; null: after epochs alone.</summary>
    public int? CheckpointEverySteps { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>Whether the result has what the optimizer remembers: up to three numbers per weight.</summary>
    public bool KeepOptimizerState { get; init; }

    /// <summary>Called after every epoch, on the thread that trains.</summary>
    public Action<EpochReport>? EpochDone { get; init; }

    /// <summary>Called after every <see cref="BatchReportEvery"/> batches, on the thread that trains.</summary>
    public Action<BatchReport>? BatchDone { get; init; }

    public int BatchReportEvery { get; init => field = Require.Positive(value); } = 100;

    /// <summary>
    /// Asked before every batch; true ends training with what is best so far. A function and no token, because ML.NET's context has none.
    /// </summary>
    public Func<bool> IsCancelled { get; init => field = Require.NotNull(value); } = () => false;

    /// <summary>Called with a sentence about something that a user should look at.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Rows per step of one rank.</summary>
    /// <exception cref="ArgumentException">The batch cannot be shared evenly among the ranks.</exception>
    public int RowsPerRank => Agreement.RowsPerRank(BatchSize, Ranks);

    /// <summary>Where all that is drawn in training comes from, different on every rank.</summary>
    public CounterRandom Random => Ranks is null
        ? new CounterRandom((ulong)Seed)
        : new CounterRandom((ulong)Seed).Derive(RandomStream.Rank).Derive((ulong)Ranks.Rank);

    /// <summary>The optimizer at work on what is trained of a network.</summary>
    /// <exception cref="ArgumentException">A factor of the learning rate is below 0 or not finite.</exception>
    public UpdateRule RuleOver(Network network)
    {
        var rule = Optimizer.Over(network.TrainableParameters);
        if (LearningRateFactor is not null)
        {
            var factors =
                from layer in network.Layers
                where layer.Parameters.Count > 0
                let factor = FactorOf(layer.Name)
                from parameter in layer.Parameters
                select factor;
            rule.LearningRateFactors = [.. factors.TakeLast(rule.Parameters.Count)];   // those of frozen layers come first
        }

        return rule;
    }

    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public void ThrowIfCancelled()
    {
        if (IsCancelled())
            throw new OperationCanceledException("Training was cancelled.");
    }

    private float FactorOf(string layer)
    {
        var factor = LearningRateFactor!(layer);
        return factor >= 0 && float.IsFinite(factor)
            ? factor
            : throw new ArgumentException(
                $"The option LearningRateFactor gives {factor} for layer '{layer}'. It must give a finite number of 0 or more.");
    }
}
