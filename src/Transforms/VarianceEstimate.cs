namespace MLNet.BatchNorm;

/// <summary>What the sum of squared deviations is divided by.</summary>
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
