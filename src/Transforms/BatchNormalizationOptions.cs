using System.Runtime.CompilerServices;
using Microsoft.ML;
using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// How <see cref="BatchNormalizationEstimator"/> normalizes: y = gamma * (x - mean) / sqrt(variance * (1 + epsilon)) + beta for each
/// channel, with the mean and the population variance of the data it is fitted on unless other statistics are asked for (Ioffe and Szegedy
/// 2015, https://arxiv.org/abs/1502.03167, where epsilon is added to the variance of a batch).
/// </summary>
/// <example>
/// <code>
/// var estimator = ml.Transforms.BatchNormalization(new BatchNormalizationOptions
/// {
///     Columns = [new InputOutputColumnPair("Features")],
///     ExampleWeightColumnName = "Weight",
///     MissingValues = MissingValueHandling.ReplaceWithMean,
/// });
/// IDataView normalized = estimator.Fit(data).Transform(data);
/// </code>
/// </example>
public sealed record BatchNormalizationOptions
{
    /// <summary>
    /// The columns to normalize, each with the name of its output. Required. They share every other option; statistics are each column's
    /// own.
    /// </summary>
    public required IReadOnlyList<InputOutputColumnPair> Columns
    {
        get;
        init => field = value is { Count: > 0 } && !value.Contains(null!)
            ? value
            : throw new ArgumentException("Name at least one column to normalize, and no null.", nameof(Columns));
    }

    /// <summary>
    /// Keeps the square root away from 0. Positive; default 1e-5. Of exact statistics it is a share of the variance, which is multiplied by
    /// 1 + epsilon, so that columns in a small unit come out with variance 1 too; to the variance of a <see cref="MovingAverage"/> it is
    /// added, as in PyTorch.
    /// </summary>
    public float Epsilon { get; init => field = Require.Positive(value); } = 1e-5f;

    /// <summary>Whether beta is added; default true. Off, the output of every channel has mean 0.</summary>
    public bool Center { get; init; } = true;

    /// <summary>Whether the result is multiplied by gamma; default true. Off, the output of every channel has variance 1.</summary>
    public bool Scale { get; init; } = true;

    /// <summary>
    /// Gamma, one value per channel or one for all; default 1. Ignored values are not accepted: leave it out when <see cref="Scale"/> is
    /// off.
    /// </summary>
    public IReadOnlyList<float>? Gamma { get; init => field = Finite(value); }

    /// <summary>Beta, one value per channel or one for all; default 0. Leave it out when <see cref="Center"/> is off.</summary>
    public IReadOnlyList<float>? Beta { get; init => field = Finite(value); }

    /// <summary>Which values share their statistics; default <see cref="ChannelLayout.PerSlot"/>.</summary>
    public ChannelLayout Layout { get; init => field = Require.Known(value); } = ChannelLayout.PerSlot;

    /// <summary>
    /// Height, width and channels of the image in each column, where <see cref="Layout"/> is per image channel and the column's type does
    /// not tell (<c>Concatenate</c> drops the dimensions); default: taken from the column.
    /// </summary>
    public Shape? ImageShape { get; init; }

    /// <summary>Null, the default: the exact statistics of the data. Else: an average over mini-batches, as a network keeps it.</summary>
    public MovingAverage? MovingAverage { get; init; }

    /// <summary>
    /// Which variance is kept. Default null: <see cref="VarianceEstimate.Biased"/> for the exact statistics,
    /// <see cref="VarianceEstimate.Unbiased"/> for a <see cref="MovingAverage"/> as in PyTorch; Keras' moving average is biased.
    /// </summary>
    public VarianceEstimate? Variance { get; init => field = value is null ? null : Require.Known(value.Value); }

    /// <summary>
    /// Name of a Single column with a weight for each row, 0 or more; default: every row counts the same. A weight of 2 is the same as the
    /// row twice, and a row of weight 0 is left out.
    /// </summary>
    public string? ExampleWeightColumnName { get; init => field = Require.NullOrNotEmpty(value); }

    /// <summary>
    /// What happens to missing values (NaN): <see cref="MissingValueHandling.Error"/>, the default,
    /// <see cref="MissingValueHandling.Ignore"/> or <see cref="MissingValueHandling.ReplaceWithMean"/>. Infinite values are an error of
    /// Fit in every case.
    /// </summary>
    public MissingValueHandling MissingValues { get; init => field = value.OneOf(PossibleForMissingValues); } = MissingValueHandling.Error;

    /// <summary>
    /// Whether zeros stay zero, and sparse vectors sparse: y = gamma * x / sqrt((mean^2 + variance) * (1 + epsilon)), without mean
    /// subtraction and without beta; epsilon as above. The scale is the root of the mean square, as in ML.NET's NormalizeMeanVariance with
    /// its fixZero. Default false.
    /// </summary>
    public bool FixZero { get; init; }

    /// <summary>
    /// Name of the label column for <see cref="LearnedAffine"/>: a key for classes, Boolean for two, Single for a number.
    /// </summary>
    public string? LabelColumnName { get; init => field = Require.NullOrNotEmpty(value); }

    /// <summary>
    /// Learns gamma and beta from the labels in <see cref="LabelColumnName"/>; default null: they are 1 and 0, or as given.
    /// </summary>
    public LearnedAffine? LearnedAffine { get; init; }

    /// <summary>What the transform can do with missing values.</summary>
    internal static ReadOnlySpan<MissingValueHandling> PossibleForMissingValues =>
        [MissingValueHandling.Error, MissingValueHandling.Ignore, MissingValueHandling.ReplaceWithMean];

    private static IReadOnlyList<float>? Finite(IReadOnlyList<float>? values, [CallerMemberName] string name = "") =>
        values is null || values.Count > 0 && values.All(float.IsFinite)
            ? values
            : throw new ArgumentException(
                $"{name} must be one finite value per channel or one for all, not [{string.Join(", ", values)}].", name);
}
