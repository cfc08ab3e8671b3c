using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>
/// Adam (Kingma and Ba, 2015, arXiv:1412.6980), as torch.optim.Adam: m and v are moving averages of the gradient and its square;
/// weight -= learning rate * mHat / (sqrt(vHat) + epsilon), both corrected for having started at 0. Default learning rate 0.001.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new Adam { LearningRate = 0.002f, Beta2 = 0.99f },
///     Epochs = 10,
/// });
/// </code>
/// </example>
public sealed record Adam() : Optimizer(0.001f)
{
    /// <summary>How much of the average gradient stays; at least 0, less than 1; default 0.9.</summary>
    public float Beta1 { get; init => field = Require.FractionBelowOne(value); } = 0.9f;

    /// <summary>How much of the average squared gradient stays; at least 0, less than 1; default 0.999.</summary>
    public float Beta2 { get; init => field = Require.FractionBelowOne(value); } = 0.999f;

    /// <summary>Added to the root, so that it is never divided by zero; positive; default 1e-8.</summary>
    public float Epsilon { get; init => field = Require.Positive(value); } = 1e-8f;

    internal override int Slots => 2;

    internal override string RuleName => "Adam";

    internal override UpdateRule Over(IReadOnlyList<Parameter> parameters) =>
        new AdamRule(this, parameters) { Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, DecoupledDecay = 0 };
}
