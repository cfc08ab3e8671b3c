using System.Numerics;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>
/// Stochastic gradient descent: velocity = momentum * velocity + gradient; weight -= learning rate * velocity (torch.optim.SGD). Default
/// learning rate 0.01.
/// </summary>
public sealed record Sgd() : Optimizer(0.01f)
{
    /// <summary>How much of the last velocity stays; at least 0, less than 1; default 0.</summary>
    public float Momentum { get; init => field = Require.FractionBelowOne(value); }

    /// <summary>Whether to step by gradient + momentum * velocity (Nesterov's look ahead); default false.</summary>
    public bool Nesterov { get; init; }

    internal override UpdateRule Over(IReadOnlyList<Parameter> parameters) => new Rule(this, parameters);

    private sealed class Rule(Sgd options, IReadOnlyList<Parameter> parameters) : UpdateRule(parameters)
    {
        private readonly float[][] velocities = ZerosLike(parameters);

        public override void Step(float learningRate)
        {
            for (var p = 0; p < Parameters.Count; p++)
                Update(Parameters[p], Vectors(velocities[p]), learningRate);
        }

        private void Update(Parameter parameter, Span<Vector<float>> velocity, float learningRate)
        {
            var weight = Vectors(parameter.PaddedValue);
            var gradient = Vectors(parameter.PaddedGradient);
            var decay = new Vector<float>(parameter.Decays ? options.WeightDecay : 0);
            var rate = new Vector<float>(learningRate);
            var momentum = new Vector<float>(options.Momentum);
            for (var i = 0; i < weight.Length; i++)
            {
                var g = gradient[i] + decay * weight[i];
                velocity[i] = momentum * velocity[i] + g;
                weight[i] -= rate * (options.Nesterov ? g + momentum * velocity[i] : velocity[i]);
            }
        }
    }
}
