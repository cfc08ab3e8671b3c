using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>An element-wise function. The numbers are part of the saved format.</summary>
/// <example>
/// <code>
/// foreach (var function in Enum.GetValues&lt;ActivationKind>().Take(3))
/// {
///     var network = new Network(
///         NetworkDefinition.Empty.Add(new ActivationDefinition(function)), Shape.Vector(2), seed: 1);
///     var y = new float[2];
///     network.Predict([-1, 1], y);
///     Console.WriteLine($"{function} of -1 and 1: {y[0]:F3}, {y[1]:F3}");
/// }
/// </code>
/// </example>
public enum ActivationKind
{
    /// <summary>max(x, 0).</summary>
    Relu = 1,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid = 2,

    /// <summary>tanh(x).</summary>
    Tanh = 3,

    /// <summary>x where x is positive, else alpha * x.</summary>
    LeakyRelu = 4,

    /// <summary>x where x is positive, else alpha * (exp(x) - 1).</summary>
    Elu = 5,

    /// <summary>x * P(x), with P the normal distribution function.</summary>
    Gelu = 6,

    /// <summary>x / (1 + exp(-x)).</summary>
    Silu = 7,

    /// <summary>x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))), which is close to <see cref="Gelu"/>.</summary>
    GeluTanh = 8,

    /// <summary>x * min(max(x + 3, 0), 6) / 6.</summary>
    HardSwish = 9,

    /// <summary>log(1 + exp(x)).</summary>
    Softplus = 10,

    /// <summary>x * tanh(log(1 + exp(x))).</summary>
    Mish = 11,
}

/// <summary>An element-wise activation.</summary>
/// <param name="Function">Which function.</param>
/// <example>
/// <code>
/// var trainer = ml.Regression.Trainers.NeuralNetwork("Price", network: net => net
///     .Dense(16).Add(new ActivationDefinition(ActivationKind.Elu) { Alpha = 0.5f })
///     .Dense(8).Silu());                                 // the same, where there is nothing to set
/// </code>
/// </example>
public sealed record ActivationDefinition(ActivationKind Function) : LayerDefinition
{
    /// <summary>Which function.</summary>
    public ActivationKind Function { get; init => field = Require.Known(value); } = Require.Known(Function);

    /// <summary>
    /// On the negative side, the slope of <see cref="ActivationKind.LeakyRelu"/> (default 0.01) or the limit of
    /// <see cref="ActivationKind.Elu"/> (default 1); 0 or more. The others have none.
    /// </summary>
    public float Alpha { get; init => field = Require.NotNegative(value); } = Function == ActivationKind.LeakyRelu ? 0.01f : 1;

    internal bool HasAlpha => Function is ActivationKind.LeakyRelu or ActivationKind.Elu;

    internal override string Kind => Function switch
    {
        ActivationKind.Relu => "relu",
        ActivationKind.Sigmoid => "sigmoid",
        ActivationKind.Tanh => "tanh",
        ActivationKind.LeakyRelu => "leakyrelu",
        ActivationKind.Elu => "elu",
        ActivationKind.Gelu => "gelu",
        ActivationKind.GeluTanh => "gelutanh",
        ActivationKind.HardSwish => "hardswish",
        ActivationKind.Softplus => "softplus",
        ActivationKind.Mish => "mish",
        _ => "silu",
    };

    // An alpha that does nothing is not saved.
    internal override LayerDefinition Settle(LayerDefinition? next, Initializer initializer) =>
        HasAlpha ? this : new ActivationDefinition(Function);

    internal override Layer Build(LayerSite site) => new ActivationLayer(site, Function, Alpha);
}

internal sealed class ActivationLayer(LayerSite site, ActivationKind function, float alpha) : Layer(site)
{
    public override bool IsRelu => function == ActivationKind.Relu;

    public override bool GoesBackInPlace => true;

    public override bool ReadsInput => !ReadsOutput;

    public override bool ReadsOutput => function is ActivationKind.Relu or ActivationKind.Sigmoid or ActivationKind.Tanh;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) => Apply(function, alpha, x, y);

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
            case ActivationKind.Tanh:
                ActivationKernels.TanhBackward(y, dy, dx);
                break;
            case ActivationKind.LeakyRelu:
                SmoothActivationKernels.LeakyReluBackward(x, dy, dx, alpha);
                break;
            case ActivationKind.Elu:
                SmoothActivationKernels.EluBackward(x, dy, dx, alpha);
                break;
            case ActivationKind.Gelu:
                SmoothActivationKernels.GeluBackward(x, dy, dx);
                break;
            case ActivationKind.GeluTanh:
                SmoothActivationKernels.GeluTanhBackward(x, dy, dx);
                break;
            case ActivationKind.HardSwish:
                SmoothActivationKernels.HardSwishBackward(x, dy, dx);
                break;
            case ActivationKind.Softplus:
                SoftplusKernels.SoftplusBackward(x, dy, dx);
                break;
            case ActivationKind.Mish:
                SoftplusKernels.MishBackward(x, dy, dx);
                break;
            default:
                SmoothActivationKernels.SiluBackward(x, dy, dx);
                break;
        }
    }

    public override InferenceStep ForInference()
    {
        var (frozen, parameter) = (function, alpha);
        return (x, y, _) => Apply(frozen, parameter, x, y);
    }

    private static void Apply(ActivationKind function, float alpha, ReadOnlySpan<float> x, Span<float> y)
    {
        switch (function)
        {
            case ActivationKind.Relu:
                ActivationKernels.Relu(x, y);
                break;
            case ActivationKind.Sigmoid:
                ActivationKernels.Sigmoid(x, y);
                break;
            case ActivationKind.Tanh:
                ActivationKernels.Tanh(x, y);
                break;
            case ActivationKind.LeakyRelu:
                SmoothActivationKernels.LeakyRelu(x, y, alpha);
                break;
            case ActivationKind.Elu:
                SmoothActivationKernels.Elu(x, y, alpha);
                break;
            case ActivationKind.Gelu:
                SmoothActivationKernels.Gelu(x, y);
                break;
            case ActivationKind.GeluTanh:
                SmoothActivationKernels.GeluTanh(x, y);
                break;
            case ActivationKind.HardSwish:
                SmoothActivationKernels.HardSwish(x, y);
                break;
            case ActivationKind.Softplus:
                SoftplusKernels.Softplus(x, y);
                break;
            case ActivationKind.Mish:
                SoftplusKernels.Mish(x, y);
                break;
            default:
                SmoothActivationKernels.Silu(x, y);
                break;
        }
    }
}
