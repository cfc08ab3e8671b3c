using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>
/// A part of a training that is done in several: the parts one after the other are the training that was never stopped, bit for bit.
/// </summary>
/// <param name="Divisor">The part ends with the first of so many equal shares of the epochs; 1: with the last epoch.</param>
internal sealed record TrainingPart(int Divisor)
{
    /// <summary>Where the part before ended; null: this is the first one.</summary>
    public Checkpoint? From { get; init; }

    /// <summary>Called with where this part ends.</summary>
    public Action<Checkpoint>? Save { get; init; }

    /// <summary>The last epoch of this part of so many.</summary>
    public int LastOf(int epochs) => 1 + (epochs - 1) / Divisor;
}
