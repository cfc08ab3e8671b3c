using System.Buffers;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>
/// Normalization by the root mean square (Zhang and Sennrich, 2019, arXiv:1910.07467): y = gamma * x / sqrt(mean(x^2) + epsilon), with the
/// mean over all values of an example, an image's pixels and channels alike, and a gamma for every value, as PyTorch has it. There is no
/// mean to subtract and no beta. Training and inference are the same, and nothing depends on the batch.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.Regression.Trainers.NeuralNetwork("Price", epochs: 5, network: net => net
///     .Dense(32).Add(new RmsNormDefinition { Epsilon = 1e-6f }).Silu());
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public sealed record RmsNormDefinition : LayerDefinition
{
    /// <summary>Added to the mean square before the square root. Positive; default 1e-5. PyTorch's default is 1.2e-7.</summary>
    public float Epsilon { get; init => field = Require.Positive(value); } = 1e-5f;

    internal override string Kind => "rmsnorm";

    internal override long StateSize(Shape input) => input.Size;

    internal override Layer Build(LayerSite site) => new RmsNormLayer(site, Epsilon);
}

internal sealed class RmsNormLayer : Layer
{
    private readonly Parameter gamma;
    private readonly float epsilon;

    // Of every row of the last training batch, for the way back.
    private float[] inverse = [];

    public RmsNormLayer(LayerSite site, float epsilon) : base(site)
    {
        this.epsilon = epsilon;
        gamma = new Parameter($"{site.Name}.gamma", site.Input.Size, decays: false);
        gamma.Value.Fill(1);
        Parameters = [gamma];
    }

    public override IReadOnlyList<Parameter> Parameters { get; }

    public override bool GoesBackInPlace => true;

    public override long KeptValues => 1;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        if (inverse.Length < rows)
            inverse = new float[rows];
        RmsNormKernels.Forward(x, epsilon, gamma.Value, inverse.AsSpan(0, rows), y);
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows) =>
        RmsNormKernels.Backward(x, dy, gamma.Value, inverse.AsSpan(0, rows), gamma.Gradient, dx);

    public override InferenceStep ForInference()
    {
        var (frozenGamma, frozenEpsilon) = (gamma.Value.ToArray(), epsilon);
        return (x, y, rows) =>
        {
            var scratch = ArrayPool<float>.Shared.Rent(rows);
            RmsNormKernels.Forward(x, frozenEpsilon, frozenGamma, scratch.AsSpan(0, rows), y);
            ArrayPool<float>.Shared.Return(scratch);
        };
    }
}
