using System.Numerics;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>The rule of <see cref="Adam"/> and, with a decoupled decay, <see cref="AdamW"/>.</summary>
internal sealed class AdamRule : UpdateRule
{
    private readonly float[][] firstMoments;
    private readonly float[][] secondMoments;

    public AdamRule(Optimizer options, IReadOnlyList<Parameter> parameters) : base(options, parameters)
    {
        firstMoments = NewSlot();
        secondMoments = NewSlot();
    }

    public required float Beta1 { get; init; }

    public required float Beta2 { get; init; }

    public required float Epsilon { get; init; }

    public required float DecoupledDecay { get; init; }

    protected override void Update(int p, ParameterVectors part, float learningRate)
    {
        var weight = part.Weight;
        var first = part.PartOf(firstMoments[p]);
        var second = part.PartOf(secondMoments[p]);
        var rate = new Vector<float>((float)(learningRate / (1 - Math.Pow(Beta1, Steps))));
        var root = new Vector<float>((float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps))));
        var kept = new Vector<float>(part.IsPenalized ? (float)(1 - (double)learningRate * DecoupledDecay) : 1);
        var epsilon = new Vector<float>(Epsilon);
        var beta1 = new Vector<float>(Beta1);
        var beta2 = new Vector<float>(Beta2);
        for (var i = 0; i < weight.Length; i++)
        {
            var g = part.PenalizedGradient(i);
            first[i] = beta1 * first[i] + (Vector<float>.One - beta1) * g;
            second[i] = beta2 * second[i] + (Vector<float>.One - beta2) * (g * g);
            weight[i] = kept * weight[i] - rate * first[i] / (Vector.SquareRoot(second[i]) * root + epsilon);
        }
    }
}
