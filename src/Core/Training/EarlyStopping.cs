using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// Training ends when the validation loss has stopped falling, and the network is given back the weights of the epoch with the lowest
/// validation loss. Immutable.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Epochs = 200,
///     ValidationFraction = 0.25f,
///     EarlyStopping = new EarlyStopping { Patience = 3, MinimumImprovement = 0.001f },
/// });
/// var model = trainer.Fit(data).Model;
/// Console.WriteLine($"{model.StopReason}: the best of {model.History.Count} epochs was {model.BestEpoch}");
/// </code>
/// </example>
public sealed record EarlyStopping
{
    /// <summary>After how many epochs in a row without improvement training ends; positive; default 5.</summary>
    public int Patience { get; init => field = Require.Positive(value); } = 5;

    /// <summary>By how much a validation loss must be lower than the lowest so far to be an improvement; 0 or more; default 0.</summary>
    public float MinimumImprovement { get; init => field = Require.NotNegative(value); }

    /// <summary>Whether training ends after these epochs.</summary>
    internal bool IsOver(IReadOnlyList<double> validationLosses)
    {
        var (best, waited) = (double.PositiveInfinity, 0);
        foreach (var loss in validationLosses)
            (best, waited) = loss < best - MinimumImprovement ? (loss, 0) : (best, waited + 1);
        return waited >= Patience;
    }
}
