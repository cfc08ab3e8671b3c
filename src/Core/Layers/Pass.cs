namespace MLNet.BatchNorm.Core.Layers;

/// <summary>Whether a pass through the network trains it or only asks it.</summary>
internal enum Phase
{
    /// <summary>Batch statistics, dropout, everything kept for the way back.</summary>
    Training,

    /// <summary>Running statistics, no dropout, nothing changes.</summary>
    Inference,

    /// <summary>Batch statistics, no dropout; running statistics become those of all calibration passes. No way back follows.</summary>
    Calibration,
}

/// <summary>
/// What a forward pass is for, and what it may draw random numbers from. An argument of every pass, never a hidden flag of a layer.
/// </summary>
internal readonly ref struct Pass
{
    public Phase Phase { get; private init; }

    /// <summary>The same for every layer of the pass; a layer derives its own stream by its index.</summary>
    public CounterRandom Random { get; private init; }

    /// <summary>How much each row counts in training, one weight per row; empty if all count the same.</summary>
    public ReadOnlySpan<float> RowWeights { get; private init; }

    /// <summary>Whether it is the first of the calibration passes, which forgets what was before.</summary>
    public bool IsFirst { get; private init; }

    /// <summary>Those whose rows make one batch, which agree on its statistics; null: one alone.</summary>
    public Ranks? Ranks { get; private init; }

    public static Pass Inference => new() { Phase = Phase.Inference };

    public static Pass Training(CounterRandom random, ReadOnlySpan<float> rowWeights = default, Ranks? ranks = null) =>
        new() { Phase = Phase.Training, Random = random, RowWeights = rowWeights, Ranks = ranks };

    public static Pass Calibration(bool isFirst, Ranks? ranks = null) =>
        new() { Phase = Phase.Calibration, IsFirst = isFirst, Ranks = ranks };

    /// <summary>The pass inside a block, whose layers count from 0 again and so have a stream of their own.</summary>
    public Pass Derive(ulong stream) => this with { Random = Random.Derive(stream) };
}
