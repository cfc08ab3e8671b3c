namespace MLNet.BatchNorm;

/// <summary>What a trainer does with a row that has a feature that is missing (NaN) or infinite.</summary>
public enum MissingFeatures
{
    /// <summary>Fit throws and names column, row and slot.</summary>
    Error = 0,

    /// <summary>The row is left out; a warning in the log says how many were.</summary>
    Skip = 1,
}
