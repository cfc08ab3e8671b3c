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

    protected override unsafe void Update(int p, ParameterVectors part, float learningRate)
    {
        fixed (Vector<float>* weight = part.Weight, gradient = part.Gradient)
        fixed (Vector<float>* first = part.PartOf(firstMoments[p]), second = part.PartOf(secondMoments[p]))
        {
            var pass = new AdamPass((float*)weight, (float*)gradient, (float*)first, (float*)second, part.Length * Vector<float>.Count)
            {
                Beta1 = Beta1,
                Beta2 = Beta2,
                Epsilon = Epsilon,
                Rate = (float)(learningRate / correction),
                Kept = part.IsPenalized ? (float)(1 - (double)learningRate * DecoupledDecay) : 1,
                Root = root,
            };
            Simd.RunWidest(ref pass);
        }
    }
}
