namespace MLNet.BatchNorm.Transforms.Normalizing;

/// <summary>How the statistics of a column came about and how they are applied: the options that a fitted column keeps.</summary>
/// <param name="Epsilon">Keeps the square root away from 0.</param>
/// <param name="Variance">Which variance is kept.</param>
/// <param name="MissingValues">What happens to NaN.</param>
/// <param name="FixZero">Whether neither mean nor beta is used.</param>
/// <param name="IsMovingAverage">Whether the statistics are an average over batches.</param>
/// <param name="IsGammaBetaLearned">Whether gamma and beta were learned from labels.</param>
/// <param name="IsEpsilonRelative">
/// Whether epsilon is a share of the variance, so that the result is the same in any unit; else it is added as it is.
/// </param>
internal readonly record struct NormalizationRules(
    float Epsilon,
    VarianceEstimate Variance = VarianceEstimate.Biased,
    MissingValueHandling MissingValues = MissingValueHandling.Error,
    bool FixZero = false,
    bool IsMovingAverage = false,
    bool IsGammaBetaLearned = false,
    bool IsEpsilonRelative = false)
{
    public static NormalizationRules Of(BatchNormalizationOptions options) => new(
        options.Epsilon,
        options.Variance ?? (options.MovingAverage is null ? VarianceEstimate.Biased : VarianceEstimate.Unbiased),
        options.MissingValues,
        options.FixZero,
        options.MovingAverage is not null,
        options.LearnedAffine is not null,
        IsEpsilonRelative: options.MovingAverage is null);

    /// <summary>What values of this variance, or mean square, are divided by.</summary>
    public double DeviationOf(double variance) =>
        IsEpsilonRelative ? Math.Sqrt(variance) * Math.Sqrt(1.0 + Epsilon) : Math.Sqrt(variance + Epsilon);
}
