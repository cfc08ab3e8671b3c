using System.Numerics;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>
/// Adagrad (Duchi, Hazan and Singer, 2011), as torch.optim.Adagrad: sum += gradient^2; weight -= learning rate * gradient / (sqrt(sum) +
/// epsilon). Default learning rate 0.01.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new Adagrad { LearningRate = 0.05f },
///     Schedule = new ConstantSchedule(),                 // Adagrad's steps become smaller by themselves
///     Epochs = 10,
/// });
/// </code>
/// </example>
public sealed record Adagrad() : Optimizer(0.01f)
{
    /// <summary>Added to the root, so that it is never divided by zero; positive; default 1e-10.</summary>
    public float Epsilon { get; init => field = Require.Positive(value); } = 1e-10f;

    internal override int Slots => 1;

    internal override string RuleName => "Adagrad";

    internal override UpdateRule Over(IReadOnlyList<Parameter> parameters) => new Rule(this, parameters);

    private sealed class Rule : UpdateRule
    {
        private readonly Adagrad options;
        private readonly AlignedBuffer[] sums;

        public Rule(Adagrad options, IReadOnlyList<Parameter> parameters) : base(options, parameters)
        {
            this.options = options;
            sums = NewSlot();
        }

        protected override void Update(int p, ParameterVectors part, float learningRate)
        {
            var weight = part.Weight;
            var gradient = part.Gradient;
            var sum = part.PartOf(sums[p]);
            var rate = new Vector<float>(learningRate);
            var epsilon = new Vector<float>(options.Epsilon);
            for (var i = 0; i < weight.Length; i++)
            {
                var g = gradient[i];
                var total = sum[i] + g * g;
                sum[i] = total;
                weight[i] -= rate * g / (Vector.SquareRoot(total) + epsilon);
            }
        }
    }
}
