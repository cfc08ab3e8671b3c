using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019, arXiv:1711.05101), as torch.optim.AdamW: first weight *= 1 - learning
/// rate * weight decay, then <see cref="Adam"/>'s step, which knows nothing of the decay. Default learning rate 0.001, weight decay 0.01.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new AdamW { LearningRate = 0.003f, WeightDecay = 0.1f, ClipNorm = 1 },
///     Epochs = 10,
/// });
/// </code>
/// </example>
public sealed record AdamW : Optimizer
{
    /// <summary>PyTorch's defaults.</summary>
    public AdamW() : base(0.001f) => WeightDecay = 0.01f;

    /// <inheritdoc cref="Adam.Beta1"/>
    public float Beta1 { get; init => field = Require.FractionBelowOne(value); } = 0.9f;

    /// <inheritdoc cref="Adam.Beta2"/>
    public float Beta2 { get; init => field = Require.FractionBelowOne(value); } = 0.999f;

    /// <inheritdoc cref="Adam.Epsilon"/>
    public float Epsilon { get; init => field = Require.Positive(value); } = 1e-8f;

    internal override int Slots => 2;

    internal override string RuleName => "AdamW";

    internal override float L2Penalty => 0;

    internal override UpdateRule Over(IReadOnlyList<Parameter> parameters) =>
        new AdamRule(this, parameters) { Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, DecoupledDecay = WeightDecay };
}
