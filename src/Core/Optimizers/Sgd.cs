using System.Numerics;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>
/// Stochastic gradient descent: velocity = momentum * velocity + gradient; weight -= learning rate * velocity (torch.optim.SGD). Default
/// learning rate 0.01.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new Sgd { LearningRate = 0.1f, Momentum = 0.9f, Nesterov = true },
///     Epochs = 10,
/// });
/// </code>
/// </example>
public sealed record Sgd() : Optimizer(0.01f)
{
    /// <summary>How much of the last velocity stays; at least 0, less than 1; default 0.</summary>
    public float Momentum { get; init => field = Require.FractionBelowOne(value); }

    /// <summary>Whether to step by gradient + momentum * velocity (Nesterov's look ahead); default false.</summary>
    public bool Nesterov { get; init; }

    internal override int Slots => 1;

    internal override string RuleName => "Sgd";

    internal override UpdateRule Over(IReadOnlyList<Parameter> parameters) => new Rule(this, parameters);

    private sealed class Rule : UpdateRule
    {
        private readonly Sgd options;
        private readonly AlignedBuffer[] velocities;

        public Rule(Sgd options, IReadOnlyList<Parameter> parameters) : base(options, parameters)
        {
            this.options = options;
            velocities = NewSlot();
        }

        protected override void Update(int p, ParameterVectors part, float learningRate)
        {
            var weight = part.Weight;
            var gradient = part.Gradient;
            var velocity = part.PartOf(velocities[p]);
            var rate = new Vector<float>(learningRate);
            var momentum = new Vector<float>(options.Momentum);
            var nesterov = options.Nesterov;
            for (var i = 0; i < weight.Length; i++)
            {
                var g = gradient[i];
                var v = momentum * velocity[i] + g;
                velocity[i] = v;
                weight[i] -= rate * (nesterov ? g + momentum * v : v);
            }
        }
    }
}
