using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>A layer with a wrong gradient planted in it.</summary>
/// <param name="Right">The layer as it should be.</param>
/// <param name="Parameter">The position of the parameter whose gradient is wrong; null: the gradient of the input is.</param>
/// <param name="Factor">What the right gradient is multiplied by.</param>
internal sealed record WrongDefinition(LayerDefinition Right, int? Parameter, float Factor) : LayerDefinition
{
    internal override string Kind => Right.Kind;

    public override Shape OutputShape(Shape input) => Right.OutputShape(input);

    internal override LayerDefinition Settle(LayerDefinition? next, Initializer initializer) =>
        this with { Right = Right.Settle(next, initializer) };

    internal override Layer Build(LayerSite site) => new WrongLayer(site, Right.Build(site), Parameter, Factor);
}

internal sealed class WrongLayer(LayerSite site, Layer right, int? parameter, float factor) : Layer(site)
{
    public Layer Right => right;

    public override IReadOnlyList<Parameter> Parameters => right.Parameters;

    public override IReadOnlyList<Parameter> SavedParameters => right.SavedParameters;

    public override bool ReadsInput => right.ReadsInput;

    public override bool ReadsOutput => right.ReadsOutput;

    public override long KeptValues => right.KeptValues;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) => right.Forward(x, y, rows, pass);

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        right.Backward(x, y, dy, dx, rows);
        var wrong = parameter is { } position ? right.Parameters[position].Gradient : dx;
        foreach (ref var value in wrong)
            value *= factor;
    }

    public override InferenceStep? ForInference() => right.ForInference();

    public override void CopyFrom(Layer trained) => right.CopyFrom(((WrongLayer)trained).Right);
}
