using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>A layer of sums of products with weights, which batch norm behind it can be folded into: dense or convolution.</summary>
/// <example>
/// <code>
/// NetworkDefinition net = NetworkDefinition.Empty.Conv2D(8).BatchNorm().Relu().Dense(4);
/// var network = new Network(net, Shape.Image(8, 8, 1), seed: 1);
/// foreach (LinearDefinition layer in network.Definition.Layers.OfType&lt;LinearDefinition>())
///     Console.WriteLine($"{layer.GetType().Name}: bias {layer.UseBias}");
/// </code>
/// </example>
public abstract record LinearDefinition : LayerDefinition
{
    private protected LinearDefinition()
    {
    }

    /// <summary>How the weights start; default null: as the whole network's do.</summary>
    public Initializer? Initializer { get; init; }

    /// <summary>
    /// Whether there is a bias b. Default null: unless batch norm follows, whose beta is the bias then; one in front would have no effect.
    /// </summary>
    public bool? UseBias { get; init; }

    internal override LayerDefinition Settle(LayerDefinition? next, Initializer initializer) =>
        this with { UseBias = UseBias ?? next is not { ReplacesBias: true }, Initializer = Initializer ?? initializer };

    /// <summary>Weights of <paramref name="inputs"/> x <paramref name="outputs"/> and as many biases as outputs.</summary>
    private protected long StateSize(int inputs, int outputs) => (long)inputs * outputs + (UseBias != false ? outputs : 0);
}

/// <summary>
/// y = x * W + b with W inputs x outputs: for every row of the input or for every patch of an image. Outputs are the channels of y.
/// </summary>
internal abstract class LinearLayer : Layer
{
    private readonly int outputs;

    /// <param name="site">Where it stands.</param>
    /// <param name="definition">Its options.</param>
    /// <param name="inputs">Dimensions of one column of W; their product, its rows, is the fan-in.</param>
    /// <param name="outputs">Columns of W.</param>
    /// <param name="fanOut">For the initializer: how many outputs one input takes part in.</param>
    protected LinearLayer(LayerSite site, LinearDefinition definition, ReadOnlySpan<int> inputs, int outputs, int fanOut) : base(site)
    {
        this.outputs = outputs;
        Weight = new Parameter($"{site.Name}.weight", [.. inputs, outputs], decays: true);
        var fanIn = Weight.Length / outputs;
        Bias = definition.UseBias == false ? null : new Parameter($"{site.Name}.bias", outputs, decays: false);
        Parameters = Bias is null ? [Weight] : [Weight, Bias];
        if (site.Random is not { } random)
            return;
        var initializer = definition.Initializer ?? Initializer.He;
        initializer.FillWeights(Weight.Value, fanIn, fanOut, ref random);
        if (Bias is not null)
            initializer.FillBias(Bias.Value, fanIn, ref random);
    }

    public sealed override IReadOnlyList<Parameter> Parameters { get; }

    // Each weight is used once for every pixel of the result.
    public sealed override long Operations => 2L * Weight.Length * (OutputShape.Size / outputs);

    protected Parameter Weight { get; }

    protected Parameter? Bias { get; }

    /// <summary>Whether the ReLU behind the layer is part of its training passes.</summary>
    protected bool Relu { get; set; }

    public sealed override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) =>
        Apply(x, Weight.Value, Bias is null ? [] : Bias.Value, y, rows, Relu);

    public sealed override InferenceStep ForInference() => ForInferenceWith(affine: null, relu: false);

    public sealed override InferenceStep ForInferenceWith(ChannelAffine? affine, bool relu)
    {
        var (weight, bias) = CopyWith(affine);
        return Freeze(weight, bias, relu);
    }

    /// <summary>Becomes <paramref name="trained"/> with the affine map behind it; needs a bias.</summary>
    public void CopyFolded(LinearLayer trained, ChannelAffine next) => trained.Fold(next, Weight.Value, Bias!.Value);

    /// <summary>A copy of weight and bias, if there is one, with the affine map behind the layer, if there is one, in them.</summary>
    protected (AlignedBuffer Weight, AlignedBuffer? Bias) CopyWith(ChannelAffine? affine)
    {
        // Aligned: a row alone through 784-512-256-10 takes a sixth longer where every vector of weights lies on two cache lines.
        var weight = new AlignedBuffer(Weight.Length);
        var bias = Bias is null && affine is null ? null : new AlignedBuffer(outputs);
        if (affine is { } next)
        {
            Fold(next, weight.Span, bias!.Span);
        }
        else
        {
            Weight.Value.CopyTo(weight.Span);
            Bias?.Value.CopyTo(bias!.Span);
        }

        return (weight, bias);
    }

    /// <summary>y = x * weight + bias, without the bias if it is empty; 0 where that is negative, if <paramref name="relu"/>.</summary>
    protected abstract void Apply(
        ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> y, int rows, bool relu);

    /// <summary>What is left for inference, over a copy of weight and bias that nobody changes.</summary>
    protected virtual InferenceStep Freeze(AlignedBuffer weight, AlignedBuffer? bias, bool relu) =>
        (x, y, rows) => Apply(x, weight.Span, bias is null ? [] : bias.Span, y, rows, relu);

    // (x * W + b) * scale + shift = x * (W * scale) + (b * scale + shift). Runs once in most processes, over all weights.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fold(ChannelAffine next, Span<float> weight, Span<float> bias)
    {
        ReadOnlySpan<float> scale = next.Scale;
        for (var start = 0; start < weight.Length; start += outputs)
        {
            var from = Weight.Value.Slice(start, outputs);
            var to = weight.Slice(start, outputs);
            for (var i = 0; i < scale.Length; i++)
                to[i] = from[i] * scale[i];
        }

        next.Shift.CopyTo(bias);
        if (Bias is not null)
            TensorPrimitives.MultiplyAdd(Bias.Value, next.Scale, next.Shift, bias);
    }
}
