using System.Numerics;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>
/// RMSprop (Tieleman and Hinton, 2012), as torch.optim.RMSprop: v is a moving average of the squared gradient; velocity = momentum *
/// velocity + gradient / (sqrt(v) + epsilon); weight -= learning rate * velocity. Default learning rate 0.01.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new RmsProp { LearningRate = 0.001f, Momentum = 0.9f },
///     Epochs = 10,
/// });
/// </code>
/// </example>
public sealed record RmsProp() : Optimizer(0.01f)
{
    /// <summary>How much of the average squared gradient stays (PyTorch: alpha); at least 0, less than 1; default 0.99.</summary>
    public float Rho { get; init => field = Require.FractionBelowOne(value); } = 0.99f;

    /// <summary>How much of the last velocity stays; at least 0, less than 1; default 0.</summary>
    public float Momentum { get; init => field = Require.FractionBelowOne(value); }

    /// <summary>Whether to divide by the deviation of the gradient, sqrt(v - average gradient^2), instead; default false.</summary>
    public bool Centered { get; init; }

    /// <summary>Added to the root, so that it is never divided by zero; positive; default 1e-8.</summary>
    public float Epsilon { get; init => field = Require.Positive(value); } = 1e-8f;

    internal override int Slots => Centered ? 3 : 2;

    internal override string RuleName => "RmsProp";

    internal override UpdateRule Over(IReadOnlyList<Parameter> parameters) => new Rule(this, parameters);

    private sealed class Rule : UpdateRule
    {
        private readonly RmsProp options;
        private readonly AlignedBuffer[] squares;
        private readonly AlignedBuffer[] velocities;
        private readonly AlignedBuffer[] averages;

        public Rule(RmsProp options, IReadOnlyList<Parameter> parameters) : base(options, parameters)
        {
            this.options = options;
            squares = NewSlot();
            velocities = NewSlot();
            averages = options.Centered ? NewSlot() : [];
        }

        protected override void Update(int p, ParameterVectors part, float learningRate)
        {
            var weight = part.Weight;
            var gradient = part.Gradient;
            var square = part.PartOf(squares[p]);
            var velocity = part.PartOf(velocities[p]);
            var average = options.Centered ? part.PartOf(averages[p]) : [];
            var rate = new Vector<float>(learningRate);
            var rho = new Vector<float>(options.Rho);
            var momentum = new Vector<float>(options.Momentum);
            var epsilon = new Vector<float>(options.Epsilon);
            for (var i = 0; i < weight.Length; i++)
            {
                var g = gradient[i];
                square[i] = rho * square[i] + (Vector<float>.One - rho) * (g * g);
                var variance = square[i];
                if (options.Centered)
                {
                    average[i] = rho * average[i] + (Vector<float>.One - rho) * g;
                    variance = Vector.Max(variance - average[i] * average[i], Vector<float>.Zero);   // rounding may leave it below 0
                }

                velocity[i] = momentum * velocity[i] + g / (Vector.SquareRoot(variance) + epsilon);
                weight[i] -= rate * velocity[i];
            }
        }
    }
}
