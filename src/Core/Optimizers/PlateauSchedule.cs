using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>
/// The learning rate is multiplied by <see cref="Decay"/> whenever the validation loss (without validation: the training loss) has stopped
/// falling (PyTorch: ReduceLROnPlateau).
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new Adam { LearningRate = 0.01f },
///     Schedule = new PlateauSchedule { Decay = 0.5f, Patience = 3 },
///     ValidationFraction = 0.25f,                        // whose loss it watches
///     Epochs = 20,
/// });
/// </code>
/// </example>
public sealed record PlateauSchedule : LearningRateSchedule
{
    /// <summary>The factor each time; greater than 0 and at most 1; default 0.1.</summary>
    public float Decay { get; init => field = Require.PositiveFraction(value); } = 0.1f;

    /// <summary>How many epochs in a row may pass without improvement before the next one counts; 0 or more; default 10.</summary>
    public int Patience { get; init => field = Require.NotNegative(value); } = 10;

    /// <summary>How much lower than the lowest so far, as a share of it, a loss must be to be an improvement; default 0.0001.</summary>
    public float MinimumImprovement { get; init => field = Require.FractionBelowOne(value); } = 1e-4f;

    /// <summary>Epochs after a change that are not counted; 0 or more; default 0.</summary>
    public int Cooldown { get; init => field = Require.NotNegative(value); }

    /// <summary>The factor does not become less than this; at least 0, less than 1; default 0.</summary>
    public float MinimumFactor { get; init => field = Require.FractionBelowOne(value); }

    internal override double Factor(ScheduleProgress progress)
    {
        var (factor, best, waited, cooling) = (1.0, double.PositiveInfinity, 0, 0);
        for (var epoch = 0; epoch < progress.Losses.Count; epoch++)   // by index: an enumerator would be allocated in every step
        {
            var loss = progress.Losses[epoch];
            if (double.IsPositiveInfinity(best) || loss < best - MinimumImprovement * Math.Abs(best))
                (best, waited) = (loss, 0);
            else
                waited++;
            if (cooling > 0)
                (cooling, waited) = (cooling - 1, 0);
            if (waited > Patience)
                (factor, cooling, waited) = (Math.Max(factor * Decay, MinimumFactor), Cooldown, 0);
        }

        return factor;
    }
}
