using System.Numerics;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>The rule of <see cref="Adam"/> and, with a decoupled decay, <see cref="AdamW"/>.</summary>
internal sealed class AdamRule : UpdateRule
{
    private readonly AlignedBuffer[] firstMoments;
    private readonly AlignedBuffer[] secondMoments;

    // Of the step at work, for having started at 0: what the learning rate is divided by, and 1 / sqrt(v) multiplied with.
    private double correction;
    private float root;

    public AdamRule(Optimizer options, IReadOnlyList<Parameter> parameters) : base(options, parameters)
    {
        firstMoments = NewSlot();
        secondMoments = NewSlot();
    }

    public required float Beta1 { get; init; }

    public required float Beta2 { get; init; }

    public required float Epsilon { get; init; }

    public required float DecoupledDecay { get; init; }

    protected override void Prepare()
    {
        correction = 1 - Math.Pow(Beta1, Steps);
        root = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps)));
    }

    protected override void Update(int p, ParameterVectors part, float learningRate)
    {
        var weight = part.Weight;
        var gradient = part.Gradient;
        var first = part.PartOf(firstMoments[p]);
        var second = part.PartOf(secondMoments[p]);
        var rate = new Vector<float>((float)(learningRate / correction));
        var root = new Vector<float>(this.root);
        var kept = new Vector<float>(part.IsPenalized ? (float)(1 - (double)learningRate * DecoupledDecay) : 1);
        var epsilon = new Vector<float>(Epsilon);
        var beta1 = new Vector<float>(Beta1);
        var beta2 = new Vector<float>(Beta2);
        for (var i = 0; i < weight.Length; i++)
        {
            var g = gradient[i];
            var m = beta1 * first[i] + (Vector<float>.One - beta1) * g;
            var v = beta2 * second[i] + (Vector<float>.One - beta2) * (g * g);
            first[i] = m;
            second[i] = v;
            weight[i] = kept * weight[i] - rate * m / (Vector.SquareRoot(v) * root + epsilon);
        }
    }
}
