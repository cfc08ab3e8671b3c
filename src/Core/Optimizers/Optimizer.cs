using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>How parameters follow their gradients: the options. Immutable; the rules are PyTorch's.</summary>
/// <remarks>
/// Defaults are PyTorch's too, but for the learning rate of <see cref="Sgd"/> and for <see cref="PenalizeAll"/>.
/// The order within a step is PyTorch's too: first the gradients are clipped, by value and then by norm, then the penalties are added, and
/// then the rule is applied.
/// </remarks>
/// <example>
/// <code>
/// Optimizer[] candidates = [new Sgd { Momentum = 0.9f }, new Adam(), new AdamW { WeightDecay = 0.05f }];
/// foreach (Optimizer optimizer in candidates)
/// {
///     var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
///     {
///         Optimizer = optimizer with { ClipNorm = 1 },
///         Epochs = 3,
///     });
///     Console.WriteLine($"{optimizer.GetType().Name}: {trainer.Fit(data).Model.History[^1].TrainingLoss}");
/// }
/// </code>
/// </example>
public abstract record Optimizer
{
    private protected Optimizer(float learningRate) => LearningRate = learningRate;

    /// <summary>Size of a step; positive. A schedule multiplies it.</summary>
    public float LearningRate { get; init => field = Require.Positive(value); }

    /// <summary>
    /// lambda in gradient + lambda * weight (an L2 penalty of lambda / 2 * weight^2); 0 or more, default 0. <see cref="AdamW"/> takes it
    /// off the weights instead.
    /// </summary>
    public float WeightDecay { get; init => field = Require.NotNegative(value); }

    /// <summary>lambda in gradient + lambda * sign(weight) (an L1 penalty of lambda * |weight|); 0 or more, default 0.</summary>
    public float L1Penalty { get; init => field = Require.NotNegative(value); }

    /// <summary>Whether <see cref="WeightDecay"/> and <see cref="L1Penalty"/> hold for biases, gamma and beta too; default false.</summary>
    public bool PenalizeAll { get; init; }

    /// <summary>
    /// The largest norm that the gradients of all parameters together may have; longer ones are shortened to it. Positive; default null:
    /// any.
    /// </summary>
    public float? ClipNorm { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>The largest magnitude that one element of a gradient may have; positive; default null: any.</summary>
    public float? ClipValue { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>
    /// Bytes that it remembers for each number that training changes, beside the gradient: 4 for every moving average or velocity.
    /// </summary>
    public int StateBytes => Slots * sizeof(float);

    /// <summary>How many numbers the rule remembers for each number that it changes.</summary>
    internal abstract int Slots { get; }

    /// <summary>Name of the rule. Part of the format of saved optimizer states, so it stays whatever the class is called.</summary>
    internal abstract string RuleName { get; }

    /// <summary>
    /// lambda in gradient + lambda * weight: <see cref="WeightDecay"/>, unless the rule takes that off the weights itself.
    /// </summary>
    internal virtual float L2Penalty => WeightDecay;

    /// <summary>The rule over these parameters, with its state at zero.</summary>
    internal abstract UpdateRule Over(IReadOnlyList<Parameter> parameters);
}
