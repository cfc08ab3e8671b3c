using System.Numerics;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>
/// Adam (Kingma and Ba, 2015, arXiv:1412.6980), as torch.optim.Adam: m and v are moving averages of the gradient and its square;
/// weight -= learning rate * mHat / (sqrt(vHat) + epsilon), both corrected for having started at 0. Default learning rate 0.001.
/// </summary>
public sealed record Adam() : Optimizer(0.001f)
{
    /// <summary>How much of the average gradient stays; at least 0, less than 1; default 0.9.</summary>
    public float Beta1 { get; init => field = Require.FractionBelowOne(value); } = 0.9f;

    /// <summary>How much of the average squared gradient stays; at least 0, less than 1; default 0.999.</summary>
    public float Beta2 { get; init => field = Require.FractionBelowOne(value); } = 0.999f;

    /// <summary>Added to the root, so that it is never divided by zero; positive; default 1e-8.</summary>
    public float Epsilon { get; init => field = Require.Positive(value); } = 1e-8f;

    internal override UpdateRule Over(IReadOnlyList<Parameter> parameters) => new Rule(this, parameters);

    private sealed class Rule(Adam options, IReadOnlyList<Parameter> parameters) : UpdateRule(parameters)
    {
        private readonly float[][] firstMoments = ZerosLike(parameters);
        private readonly float[][] secondMoments = ZerosLike(parameters);
        private int steps;

        public override void Step(float learningRate)
        {
            steps++;
            var correction1 = 1 - Math.Pow(options.Beta1, steps);
            var correction2 = 1 - Math.Pow(options.Beta2, steps);
            for (var p = 0; p < Parameters.Count; p++)
            {
                Update(
                    Parameters[p], Vectors(firstMoments[p]), Vectors(secondMoments[p]),
                    (float)(learningRate / correction1), (float)(1 / Math.Sqrt(correction2)));
            }
        }

        private void Update(
            Parameter parameter, Span<Vector<float>> first, Span<Vector<float>> second, float correctedRate, float rootCorrection)
        {
            var weight = Vectors(parameter.PaddedValue);
            var gradient = Vectors(parameter.PaddedGradient);
            var decay = new Vector<float>(parameter.Decays ? options.WeightDecay : 0);
            var rate = new Vector<float>(correctedRate);
            var root = new Vector<float>(rootCorrection);
            var epsilon = new Vector<float>(options.Epsilon);
            var beta1 = new Vector<float>(options.Beta1);
            var beta2 = new Vector<float>(options.Beta2);
            for (var i = 0; i < weight.Length; i++)
            {
                var g = gradient[i] + decay * weight[i];
                first[i] = beta1 * first[i] + (Vector<float>.One - beta1) * g;
                second[i] = beta2 * second[i] + (Vector<float>.One - beta2) * (g * g);
                weight[i] -= rate * first[i] / (Vector.SquareRoot(second[i]) * root + epsilon);
            }
        }
    }
}
