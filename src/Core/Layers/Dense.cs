using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>A fully connected layer: y = x * W + b. An image is taken as one vector.</summary>
/// <param name="Units">Number of outputs; positive.</param>
public sealed record DenseDefinition(int Units) : LayerDefinition
{
    /// <summary>Number of outputs; positive.</summary>
    public int Units { get; init => field = Require.Positive(value); } = Require.Positive(Units);

    /// <summary>How the weights start; default null: as the whole network's do.</summary>
    public Initializer? Initializer { get; init; }

    /// <summary>
    /// Whether there is a bias b. Default null: unless batch norm follows, whose beta is the bias then; one in front would have no effect.
    /// </summary>
    public bool? UseBias { get; init; }

    internal override string Kind => "dense";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => Shape.Vector(Units);

    internal override long StateSize(Shape input) => (long)input.Size * Units + (UseBias != false ? Units : 0);

    internal override LayerDefinition Settle(LayerDefinition? next, Initializer initializer) =>
        this with { UseBias = UseBias ?? next is not BatchNormDefinition, Initializer = Initializer ?? initializer };

    internal override Layer Build(LayerSite site) => new DenseLayer(site, this);
}

internal sealed class DenseLayer : Layer
{
    private readonly int inputs;
    private readonly int units;
    private readonly Parameter weight;   // [inputs, units], row-major
    private readonly Parameter? bias;

    public DenseLayer(LayerSite site, DenseDefinition definition) : base(site)
    {
        inputs = site.Input.Size;
        units = definition.Units;
        var weights = (long)inputs * units;
        if (weights > Array.MaxLength / 2)
            throw new ArgumentException(
                $"{inputs} inputs x {units} units are {weights} weights, more than the {Array.MaxLength / 2} that one layer can have.");

        var random = site.Random;
        weight = new Parameter($"{site.Name}.weight", (int)weights, decays: true);
        var initializer = definition.Initializer ?? Initializer.He;
        initializer.FillWeights(weight.Value, inputs, units, ref random);
        Parameters = [weight];
        if (definition.UseBias == false)
            return;
        bias = new Parameter($"{site.Name}.bias", units, decays: false);
        initializer.FillBias(bias.Value, inputs, ref random);
        Parameters = [weight, bias];
    }

    public override IReadOnlyList<Parameter> Parameters { get; }

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        MatrixProduct.Multiply(x, weight.Value, y, rows, inputs, units);
        if (bias is not null)
            ColumnKernels.AddBias(y, bias.Value);
    }

    // dW = transpose(x) * dy, db = column sums of dy, dx = dy * transpose(W).
    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        MatrixProduct.MultiplyTransposedA(x, dy, weight.Gradient, inputs, rows, units);
        if (bias is not null)
            ColumnKernels.Sum(dy, bias.Gradient);
        if (!dx.IsEmpty)
            MatrixProduct.MultiplyTransposedB(dy, weight.Value, dx, rows, units, inputs);
    }

    public override FrozenLayer Freeze() => Frozen(weight.Value.ToArray(), bias?.Value.ToArray());

    // (x * W + b) * scale + shift = x * (W * scale) + (b * scale + shift).
    public override FrozenLayer FreezeWith(ChannelAffine next)
    {
        var weights = weight.Value.ToArray();
        for (var start = 0; start < weights.Length; start += units)
            TensorPrimitives.Multiply(weights.AsSpan(start, units), next.Scale, weights.AsSpan(start, units));
        var biases = next.Shift;
        if (bias is not null)
        {
            biases = new float[units];
            TensorPrimitives.MultiplyAdd(bias.Value, next.Scale, next.Shift, biases);
        }

        return Frozen(weights, biases);
    }

    private FrozenLayer Frozen(float[] weights, float[]? biases) => (x, y, rows) =>
    {
        MatrixProduct.Multiply(x, weights, y, rows, inputs, units);
        if (biases is not null)
            ColumnKernels.AddBias(y, biases);
    };
}
