using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>Whether a pass through the network trains it or only asks it.</summary>
internal enum Phase
{
    /// <summary>Batch statistics, dropout, everything kept for the way back.</summary>
    Training,

    /// <summary>Running statistics, no dropout, nothing changes.</summary>
    Inference,
}

/// <summary>
/// What a forward pass is for, and what it may draw random numbers from. An argument of every pass, never a hidden flag of a layer.
/// </summary>
internal readonly struct Pass
{
    private Pass(Phase phase, CounterRandom random)
    {
        Phase = phase;
        Random = random;
    }

    public Phase Phase { get; }

    /// <summary>The same for every layer of the pass; a layer derives its own stream by its index.</summary>
    public CounterRandom Random { get; }

    public static Pass Inference => new(Phase.Inference, default);

    public static Pass Training(CounterRandom random) => new(Phase.Training, random);
}
