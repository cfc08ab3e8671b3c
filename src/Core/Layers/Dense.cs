using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>A fully connected layer: y = x * W + b. An image is taken as one vector.</summary>
/// <param name="Units">Number of outputs; positive.</param>
public sealed record DenseDefinition(int Units) : LinearDefinition
{
    /// <summary>Number of outputs; positive.</summary>
    public int Units { get; init => field = Require.Positive(value); } = Require.Positive(Units);

    internal override string Kind => "dense";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => Shape.Vector(Units);

    internal override long StateSize(Shape input) => StateSize(input.Size, Units);

    internal override Layer Build(LayerSite site)
    {
        var inputs = site.Input.Size;
        var weights = (long)inputs * Units;
        return weights <= Array.MaxLength / 2
            ? new DenseLayer(site, this)
            : throw new ArgumentException(
                $"{inputs} inputs x {Units} units are {weights} weights, more than the {Array.MaxLength / 2} that one layer can have.");
    }
}

internal sealed class DenseLayer(LayerSite site, DenseDefinition definition)
    : LinearLayer(site, definition, site.Input.Size, definition.Units, fanOut: definition.Units)
{
    private readonly int inputs = site.Input.Size;
    private readonly int units = definition.Units;

    // dW = transpose(x) * dy, db = column sums of dy, dx = dy * transpose(W).
    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        MatrixProduct.MultiplyTransposedA(x, dy, Weight.Gradient, inputs, rows, units);
        if (Bias is not null)
            ColumnKernels.Sum(dy, Bias.Gradient);
        if (!dx.IsEmpty)
            MatrixProduct.MultiplyTransposedB(dy, Weight.Value, dx, rows, units, inputs);
    }

    protected override void Apply(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> y, int rows, bool relu) =>
        MatrixProduct.MultiplyAddBias(x, weight, bias, y, rows, inputs, units, relu);
}
