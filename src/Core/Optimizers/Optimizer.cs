using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>How parameters follow their gradients: the options. Immutable; rules and defaults are PyTorch's.</summary>
public abstract record Optimizer
{
    private protected Optimizer(float learningRate) => LearningRate = learningRate;

    /// <summary>Size of a step; positive.</summary>
    public float LearningRate { get; init => field = Require.Positive(value); }

    /// <summary>
    /// lambda in gradient + lambda * weight (an L2 penalty of lambda / 2 * weight^2); 0 or more, default 0. Biases, gamma and beta do not
    /// decay.
    /// </summary>
    public float WeightDecay { get; init => field = Require.NotNegative(value); }

    /// <summary>The rule over these parameters, with its state at zero.</summary>
    internal abstract UpdateRule Over(IReadOnlyList<Parameter> parameters);
}
