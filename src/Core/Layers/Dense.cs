using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>A fully connected layer: y = x * W + b. An image is taken as one vector.</summary>
/// <param name="Units">Number of outputs; positive.</param>
/// <example>
/// <code>
/// var trainer = ml.Regression.Trainers.NeuralNetwork("Price", epochs: 5, network: net => net
///     .Add(new DenseDefinition(32) { UseBias = false, Initializer = Initializer.Glorot })
///     .Tanh());
/// Console.WriteLine(trainer.Fit(data).Model.Network.Parameters["dense1.weight"]);   // dense1.weight [4, 32]
/// </code>
/// </example>
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
    : LinearLayer(site, definition, [site.Input.Size], definition.Units, fanOut: definition.Units)
{
    private readonly int inputs = site.Input.Size;
    private readonly int units = definition.Units;
    private SparseTranspose? transpose;
    private AlignedBuffer dz = new(0);   // the gradient in front of the ReLU, if that is part of the layer

    public override bool ReadsOutput => Relu;

    public override long KeptValues => Relu ? units : 0;

    public override bool TakeRelu() => Relu = true;

    // z = x * W + b, and y = z or max(z, 0): dW = transpose(x) * dz, db = column sums of dz, dx = dz * transpose(W).
    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        var dz = InFrontOfRelu(y, dy);
        MatrixProduct.MultiplyTransposedA(x, dz, Weight.TouchAll(), inputs, rows, units);
        if (!dx.IsEmpty)
            MatrixProduct.MultiplyTransposedB(dz, Weight.Value, dx, rows, units, inputs);
    }

    /// <summary>As <see cref="LinearLayer.Forward"/> of the same rows with their zeros, to the last bit.</summary>
    public void Forward(SparseRows x, Span<float> y) =>
        SparseProduct.MultiplyAddBias(x, Weight.Value, Bias is null ? [] : Bias.Value, y, inputs, units, Relu);

    /// <summary>
    /// As the other backward, to the last bit; but only the rows of W whose column has a value in <paramref name="x"/> are given a
    /// gradient, and there is none of x.
    /// </summary>
    public void Backward(SparseRows x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy)
    {
        var dz = InFrontOfRelu(y, dy);
        transpose ??= new SparseTranspose(inputs);
        transpose.Of(x);
        SparseProduct.Multiply(transpose.Rows, dz, Weight.TouchRows(transpose.Columns), x.Rows, units);
    }

    /// <summary><see cref="Layer.ForInferenceWith"/>, and the same for sparse rows over the same copy of the weights.</summary>
    public (InferenceStep Dense, SparseInferenceStep Sparse) ForInferenceOfBoth(ChannelAffine? affine, bool relu)
    {
        var (weight, bias) = CopyWith(affine);
        return (
            (x, y, rows) => Apply(x, weight.Span, bias is null ? [] : bias.Span, y, rows, relu),
            (x, y) => SparseProduct.MultiplyAddBias(x, weight.Span, bias is null ? [] : bias.Span, y, inputs, units, relu));
    }

    protected override void Apply(
        ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> y, int rows, bool relu) =>
        MatrixProduct.MultiplyAddBias(x, weight, bias, y, rows, inputs, units, relu);

    /// <summary>dz from dy, and the gradient of the bias beside it, if there is one.</summary>
    private ReadOnlySpan<float> InFrontOfRelu(ReadOnlySpan<float> y, ReadOnlySpan<float> dy)
    {
        if (!Relu)
        {
            if (Bias is not null)
                ColumnKernels.Sum(dy, Bias.Gradient);
            return dy;
        }

        if (dz.Length < dy.Length)
            dz = new AlignedBuffer(dy.Length);
        var opened = dz.Span[..dy.Length];
        if (Bias is null)
            ActivationKernels.ReluBackward(y, dy, opened);
        else
            ColumnKernels.ReluBackwardAndSum(y, dy, opened, Bias.Gradient);
        return opened;
    }
}
