using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm;

/// <summary>
/// Takes an image as one vector: all channels of the first pixel, then of the second. A dense layer does so anyway; a normalization sees
/// every value as a channel behind it.
/// </summary>
/// <example>
/// <code>
/// NetworkDefinition net = NetworkDefinition.Empty
///     .Flatten().BatchNorm();                            // a mean and a variance for every pixel
/// var network = new Network(net, Shape.Image(8, 8, 1), seed: 1);
/// Console.WriteLine(network.BatchNormLayers[0].RunningMean.Count);   // 64
/// </code>
/// </example>
public sealed record FlattenDefinition : LayerDefinition
{
    internal override string Kind => "flatten";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => Shape.Vector(input.Size);

    internal override Layer Build(LayerSite site) => new FlattenLayer(site);
}

internal sealed class FlattenLayer(LayerSite site) : Layer(site)
{
    public override bool IsReshape => true;

    public override bool ReadsInput => false;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) => x.CopyTo(y);

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (!dx.IsEmpty)
            dy.CopyTo(dx);
    }

    public override InferenceStep? ForInference() => null;
}
