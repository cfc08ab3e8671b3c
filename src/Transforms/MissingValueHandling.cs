namespace MLNet.BatchNorm;

/// <summary>What happens to missing values (NaN). Infinite values are an error in every case.</summary>
public enum MissingValueHandling
{
    /// <summary>Fit refuses them with column, slot and row. A missing value that comes later stays missing.</summary>
    Error,

    /// <summary>The statistics skip them, and the output stays missing.</summary>
    Ignore,

    /// <summary>The statistics skip them, and the output is that of the channel's mean: beta.</summary>
    ReplaceWithMean,
}
