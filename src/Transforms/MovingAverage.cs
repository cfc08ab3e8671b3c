using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// Statistics as a network's batch normalization keeps them: an average over mini-batches, taken in the order of the data, in place of the
/// exact ones. running = (1 - momentum) * running + momentum * batch, from mean 0 and variance 1.
/// </summary>
/// <remarks>
/// The last batch may be short, but a single row left over joins the batch before it. A channel with fewer than two values in a batch keeps
/// its running statistics. A channel that does not vary in the data, or never had a batch, has variance 0 and so gives beta.
/// </remarks>
/// <example>
/// <code>
/// var estimator = ml.Transforms.BatchNormalization(new BatchNormalizationOptions
/// {
///     Columns = [new InputOutputColumnPair("Features")],
///     MovingAverage = new MovingAverage { BatchSize = 16, Momentum = 0.2f },
/// });
/// var transformer = estimator.Fit(data);
/// </code>
/// </example>
public sealed record MovingAverage
{
    /// <summary>Rows per batch; at least 2, default 32.</summary>
    public int BatchSize { get; init => field = Require.AtLeast(2, value); } = 32;

    /// <summary>
    /// Weight of the newest batch, greater than 0 and at most 1; default 0.1 as in PyTorch. Keras states 1 minus this. Null: every batch
    /// counts the same (cumulative average).
    /// </summary>
    public float? Momentum { get; init => field = value is null ? null : Require.PositiveFraction(value.Value); } = 0.1f;
}
