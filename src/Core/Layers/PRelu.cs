using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>
/// Parametric ReLU (He et al., 2015, arXiv:1502.01852): x where x is positive, else slope * x with a learned slope per channel. Weight
/// decay leaves the slopes alone, as the paper says. PyTorch's default is one slope for all channels, which this is with equal values.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.Regression.Trainers.NeuralNetwork("Price", epochs: 5, network: net => net
///     .Dense(16).Add(new PReluDefinition { InitialSlope = 0.1f }));
/// Console.WriteLine(trainer.Fit(data).Model.Network.Parameters["prelu1.slope"]);   // prelu1.slope [16]
/// </code>
/// </example>
public sealed record PReluDefinition : LayerDefinition
{
    /// <summary>Where each slope starts; finite, default 0.25.</summary>
    public float InitialSlope { get; init => field = Require.Finite(value); } = 0.25f;

    internal override string Kind => "prelu";

    internal override long StateSize(Shape input) => input.Channels;

    internal override Layer Build(LayerSite site) => new PReluLayer(site, InitialSlope);
}

internal sealed class PReluLayer : Layer
{
    private readonly Parameter slope;

    public PReluLayer(LayerSite site, float initialSlope) : base(site)
    {
        slope = new Parameter($"{site.Name}.slope", site.Input.Channels, decays: false);
        slope.Value.Fill(initialSlope);
        Parameters = [slope];
    }

    public override IReadOnlyList<Parameter> Parameters { get; }

    public override bool GoesBackInPlace => true;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) => PReluKernels.Forward(x, slope.Value, y);

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows) =>
        PReluKernels.Backward(x, dy, slope.Value, slope.Gradient, dx);

    public override InferenceStep ForInference()
    {
        var frozen = slope.Value.ToArray();
        return (x, y, _) => PReluKernels.Forward(x, frozen, y);
    }
}
