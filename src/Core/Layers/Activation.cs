using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>An element-wise function. The numbers are part of the saved format.</summary>
public enum ActivationKind
{
    /// <summary>max(x, 0).</summary>
    Relu = 1,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid = 2,

    /// <summary>tanh(x).</summary>
    Tanh = 3,
}

/// <summary>An element-wise activation.</summary>
/// <param name="Function">Which function.</param>
public sealed record ActivationDefinition(ActivationKind Function) : LayerDefinition
{
    /// <summary>Which function.</summary>
    public ActivationKind Function { get; init => field = Require.Known(value); } = Require.Known(Function);

    internal override string Kind => Function switch
    {
        ActivationKind.Relu => "relu",
        ActivationKind.Sigmoid => "sigmoid",
        _ => "tanh",
    };

    internal override Layer Build(LayerSite site) => new ActivationLayer(site, Function);
}

internal sealed class ActivationLayer(LayerSite site, ActivationKind function) : Layer(site)
{
    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) => Apply(function, x, y);

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (dx.IsEmpty)
            return;
        switch (function)
        {
            case ActivationKind.Relu:
                ActivationKernels.ReluBackward(y, dy, dx);
                break;
            case ActivationKind.Sigmoid:
                ActivationKernels.SigmoidBackward(y, dy, dx);
                break;
            default:
                ActivationKernels.TanhBackward(y, dy, dx);
                break;
        }
    }

    public override FrozenLayer Freeze()
    {
        var frozen = function;
        return (x, y, _) => Apply(frozen, x, y);
    }

    private static void Apply(ActivationKind function, ReadOnlySpan<float> x, Span<float> y)
    {
        switch (function)
        {
            case ActivationKind.Relu:
                ActivationKernels.Relu(x, y);
                break;
            case ActivationKind.Sigmoid:
                ActivationKernels.Sigmoid(x, y);
                break;
            default:
                ActivationKernels.Tanh(x, y);
                break;
        }
    }
}
