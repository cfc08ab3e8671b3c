using System.Numerics.Tensors;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>
/// Inverted dropout (Srivastava et al., 2014): in training each value becomes 0 with probability <see cref="Rate"/> and is divided by
/// 1 - rate otherwise; in inference nothing happens.
/// </summary>
/// <param name="Rate">Probability of dropping a value; at least 0, less than 1.</param>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(epochs: 5, network: net => net
///     .Dense(64).BatchNorm().Relu()
///     .Add(new DropoutDefinition(0.5f)));                // .Dropout(0.5f) is short for it
/// </code>
/// </example>
public sealed record DropoutDefinition(float Rate) : LayerDefinition
{
    /// <summary>Probability of dropping a value; at least 0, less than 1.</summary>
    public float Rate { get; init => field = Require.FractionBelowOne(value); } = Require.FractionBelowOne(Rate);

    internal override string Kind => "dropout";

    internal override Layer Build(LayerSite site) => new DropoutLayer(site, Rate);
}

internal sealed class DropoutLayer(LayerSite site, float rate) : Layer(site)
{
    private readonly int index = site.Index;
    private AlignedBuffer mask = new(0);

    public override bool GoesBackInPlace => true;

    public override bool ReadsInput => false;

    public override long KeptValues => InputShape.Size;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        if (pass.Phase != Phase.Training)
        {
            x.CopyTo(y);
            return;
        }

        if (mask.Length < x.Length)
            mask = new AlignedBuffer(x.Length);
        pass.Random.Derive((ulong)index).FillDropoutMask(mask.Span[..x.Length], rate);
        TensorPrimitives.Multiply(x, mask.Span[..x.Length], y);
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (!dx.IsEmpty)
            TensorPrimitives.Multiply(dy, mask.Span[..dy.Length], dx);
    }

    public override InferenceStep? ForInference() => null;
}
