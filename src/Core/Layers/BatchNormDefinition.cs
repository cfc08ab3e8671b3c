using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>
/// Batch normalization per channel: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the statistics of the batch in training
/// and running statistics in inference (Ioffe and Szegedy, 2015, arXiv:1502.03167). Conventions and defaults are PyTorch's.
/// </summary>
public sealed record BatchNormDefinition : LayerDefinition
{
    /// <summary>Added to the variance before the square root. Positive; default 1e-5.</summary>
    public float Epsilon { get; init => field = Require.Positive(value); } = 1e-5f;

    /// <summary>
    /// Weight of the newest batch in the running statistics, greater than 0 and at most 1; default 0.1. Null: every batch counts the same
    /// (cumulative average). Keras states 1 minus this.
    /// </summary>
    public float? Momentum { get; init => field = value is null ? null : Require.PositiveFraction(value.Value); } = 0.1f;

    /// <summary>Whether beta is learned; else it stays 0. Default true.</summary>
    public bool Center { get; init; } = true;

    /// <summary>Whether gamma is learned; else it stays 1. Default true.</summary>
    public bool Scale { get; init; } = true;

    internal override string Kind => "batchnorm";

    internal override long StateSize(Shape input) => input.Channels * (2L + (Center ? 1 : 0) + (Scale ? 1 : 0));

    internal override Layer Build(LayerSite site) => new BatchNormLayer(site, this);
}
