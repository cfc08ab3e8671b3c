using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// A normalization: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta. The kinds differ in which values share a mean and a variance.
/// </summary>
/// <example>
/// <code>
/// NormDefinition[] norms = [new BatchNormDefinition(), new LayerNormDefinition(), new GroupNormDefinition(4)];
/// foreach (NormDefinition norm in norms)
/// {
///     var network = new Network(NetworkDefinition.Empty.Conv2D(8).Add(norm), Shape.Image(8, 8, 1), seed: 1);
///     // The last parameter is beta: of layer norm as many as values, else as many as channels.
///     Console.WriteLine(network.Parameters[^1]);
/// }
/// </code>
/// </example>
public abstract record NormDefinition : LayerDefinition
{
    private protected NormDefinition()
    {
    }

    /// <summary>Added to the variance before the square root. Positive; default 1e-5.</summary>
    public float Epsilon { get; init => field = Require.Positive(value); } = 1e-5f;

    /// <summary>Whether beta is learned; else it stays 0. Default true.</summary>
    public bool Center { get; init; } = true;

    /// <summary>Whether gamma is learned; else it stays 1. Default true.</summary>
    public bool Scale { get; init; } = true;

    /// <summary>
    /// Where a learned gamma starts; finite, default 1. At 0 a residual branch that ends in this layer starts as nothing, which helps deep
    /// networks (Goyal et al., 2017, arXiv:1706.02677).
    /// </summary>
    public float InitialGamma { get; init => field = Require.Finite(value); } = 1;

    /// <summary>How many gammas, and betas, there are.</summary>
    private protected virtual int AffineSize(Shape input) => input.Channels;

    internal override long StateSize(Shape input) => AffineSize(input) * ((Center ? 1L : 0) + (Scale ? 1 : 0));
}
