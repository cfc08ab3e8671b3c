using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm;

/// <summary>
/// What an estimator does with missing values (NaN). Not every estimator can do everything: an option refuses what its own cannot.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     MissingValues = MissingValueHandling.SkipRow,
///     Epochs = 5,
/// });
/// var transform = ml.Transforms.BatchNormalization(new BatchNormalizationOptions
/// {
///     Columns = [new InputOutputColumnPair("Features")],
///     MissingValues = MissingValueHandling.ReplaceWithMean,
/// });
/// </code>
/// </example>
public enum MissingValueHandling
{
    /// <summary>Fit refuses them with column, slot and row. A missing value that comes later, to the fitted model, stays missing.</summary>
    Error = 0,

    /// <summary>Batch normalization only: the statistics skip the value, and its output stays missing.</summary>
    Ignore = 1,

    /// <summary>
    /// Batch normalization only: the statistics skip the value, and its output is that of the channel's mean, which is beta unless
    /// <see cref="BatchNormalizationOptions.FixZero"/> is on.
    /// </summary>
    ReplaceWithMean = 2,

    /// <summary>
    /// Trainers of networks only: the whole row is left out of training and validation, an infinite value counts as missing, and a warning
    /// in the log says how many rows were left out.
    /// </summary>
    SkipRow = 3,
}

/// <summary>Checks of an option of type <see cref="MissingValueHandling"/>.</summary>
internal static class MissingValueHandlings
{
    /// <summary>The value, if it is one of those that an estimator can do.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is another one.</exception>
    public static MissingValueHandling OneOf(
        this MissingValueHandling value, ReadOnlySpan<MissingValueHandling> possible, [CallerMemberName] string option = "") =>
        possible.Contains(value)
            ? value
            : throw new ArgumentOutOfRangeException(option, value, $"{option} must be {string.Join(" or ", possible.ToArray())} here.");
}
