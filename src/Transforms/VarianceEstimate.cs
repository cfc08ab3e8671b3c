namespace MLNet.BatchNorm;

/// <summary>What the sum of squared deviations is divided by.</summary>
/// <example>
/// <code>
/// var estimator = ml.Transforms.BatchNormalization(new BatchNormalizationOptions
/// {
///     Columns = [new InputOutputColumnPair("Features")],
///     Variance = VarianceEstimate.Unbiased,              // divided by n - 1
/// });
/// Console.WriteLine($"{estimator.Fit(data).Columns[0].Variance[3]:F0}");   // 6723
/// </code>
/// </example>
public enum VarianceEstimate
{
    /// <summary>By the number of values n: the variance of these very values, and what Keras keeps of a batch.</summary>
    Biased,

    /// <summary>
    /// By n - 1: an estimate for the population the values were drawn from, and what PyTorch keeps of a batch. Example weights count as
    /// repetitions.
    /// </summary>
    Unbiased,
}
