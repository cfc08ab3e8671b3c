using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Interchange;

/// <summary>A batch between two layers of a graph.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Shape">Of one example.</param>
/// <param name="IsPlanar">
/// Whether it lies as ONNX wants images, [N, channels, height, width]; else it is [N, size], each example as ours lie in memory.
/// </param>
internal readonly record struct OnnxBatch(string Name, Shape Shape, bool IsPlanar);

/// <summary>Adds the inference of a network to a graph: the one place that knows what a layer is in ONNX.</summary>
/// <param name="graph">Where to.</param>
/// <param name="foldBatchNorm">Whether batch norm right behind a dense layer or convolution becomes part of its weights.</param>
internal sealed class OnnxNetwork(OnnxGraph graph, bool foldBatchNorm)
{
    public OnnxBatch Add(Network network, OnnxBatch x)
    {
        for (var i = 0; i < network.Layers.Count; i++)
        {
            var (layer, definition) = (network.Layers[i], network.Definition.Layers[i]);
            var affine = foldBatchNorm && layer is LinearLayer ? network.Layers.ElementAtOrDefault(i + 1)?.InferenceAffine() : null;
            x = Add(layer, definition, affine, x) with { Shape = layer.OutputShape };
            if (affine is not null)
                i++;
        }

        return x;
    }

    /// <summary>An input of the graph as the first layer takes it.</summary>
    /// <param name="variable">[N, dimensions].</param>
    /// <param name="dimensions">Those behind the batch, as many values as <paramref name="shape"/> has.</param>
    /// <param name="shape">Of one example.</param>
    /// <param name="isPlanar">Whether the channels of an image come first; else they come last.</param>
    public OnnxBatch Input(string variable, long[] dimensions, Shape shape, bool isPlanar)
    {
        long[] wanted = isPlanar ? [shape.Channels, shape.Height, shape.Width] : [shape.Size];
        var isAsWanted = dimensions.AsSpan().SequenceEqual(wanted);
        return new OnnxBatch(isAsWanted ? variable : graph.Reshape("input", variable, [0, .. wanted]), shape, isPlanar);
    }

    /// <summary>A result of the graph: [N, size], or of an image [N, height, width, channels].</summary>
    public OnnxOutput Output(string name, OnnxBatch y)
    {
        var rows = ToRows(name, y).Name;
        var dimensions = DimensionsOf(y.Shape);
        var variable = dimensions.Length == 1 ? rows : graph.Reshape($"{name}.pixels", rows, [0, .. dimensions]);
        return new OnnxOutput(name, variable, OnnxType.Float, dimensions);
    }

    /// <summary>Those of an example with its channels last; of one pixel only the channels.</summary>
    public static long[] DimensionsOf(Shape shape) =>
        shape.Pixels == 1 ? [shape.Channels] : [shape.Height, shape.Width, shape.Channels];

    /// <summary>Each example as one row, an image's channels last.</summary>
    private OnnxBatch ToRows(string name, OnnxBatch x)
    {
        if (!x.IsPlanar)
            return x;
        var isReordered = x.Shape is { Pixels: > 1, Channels: > 1 };
        var pixels = isReordered ? graph.Transpose($"{name}.channelsLast", x.Name, 0, 2, 3, 1) : x.Name;
        return new OnnxBatch(graph.Reshape($"{name}.rows", pixels, 0, x.Shape.Size), x.Shape, IsPlanar: false);
    }

    private OnnxBatch ToPlanes(string name, OnnxBatch x)
    {
        if (x.IsPlanar)
            return x;
        var (height, width, channels) = (x.Shape.Height, x.Shape.Width, x.Shape.Channels);
        var pixels = graph.Reshape($"{name}.pixels", x.Name, 0, height, width, channels);
        return new OnnxBatch(graph.Transpose($"{name}.planes", pixels, 0, 3, 1, 2), x.Shape, IsPlanar: true);
    }

    // Where every value is a channel, a row does as well.
    private OnnxBatch ToChannels(string name, OnnxBatch x) => x.Shape.Pixels > 1 ? ToPlanes(name, x) : x;

    private OnnxBatch Add(Layer layer, LayerDefinition definition, ChannelAffine? affine, OnnxBatch x) => definition switch
    {
        DenseDefinition => Dense(layer, affine, ToRows(layer.Name, x)),
        Conv2DDefinition conv => Convolution(conv, layer, affine, ToPlanes(layer.Name, x)),
        BatchNormDefinition norm => BatchNorm(norm, (BatchNormLayer)layer, ToChannels(layer.Name, x)),
        GroupNormDefinition norm => GroupNorm(norm, norm.Groups, layer, ToChannels(layer.Name, x)),
        InstanceNormDefinition norm => GroupNorm(norm, x.Shape.Channels, layer, ToChannels(layer.Name, x)),
        LayerNormDefinition norm => GroupNorm(norm, groups: 1, layer, ToRows(layer.Name, x)),
        ActivationDefinition activation => x with { Name = OnnxActivations.Add(graph, activation, layer.Name, x.Name) },
        PReluDefinition => PRelu(layer, ToChannels(layer.Name, x)),
        RmsNormDefinition norm => RmsNorm(norm, layer, ToRows(layer.Name, x)),
        Pool2DDefinition or GlobalAveragePoolDefinition or GlobalMaxPoolDefinition => Pool(definition, layer.Name, ToPlanes(layer.Name, x)),
        FlattenDefinition => ToRows(layer.Name, x),
        DropoutDefinition => x,
        FeatureEncodingDefinition encoding => Encode(encoding, layer.Name, ToChannels(layer.Name, x)),
        ConcatDefinition => Concat((ConcatLayer)layer, x),
        ResidualDefinition => Residual((ResidualLayer)layer, x),
        _ => throw new NotSupportedException($"Layer '{layer.Name}' cannot be exported to ONNX."),
    };

    private OnnxBatch Dense(Layer layer, ChannelAffine? affine, OnnxBatch x)
    {
        var (weight, bias) = LinearNumbers(layer, affine);
        var units = layer.OutputShape.Size;
        return x with
        {
            Name = graph.Node(
                "Gemm", layer.Name,
                [x.Name, graph.Constant($"{layer.Name}.weight", weight, weight.Length / units, units), .. Bias(layer, bias)]),
        };
    }

    private OnnxBatch Convolution(Conv2DDefinition conv, Layer layer, ChannelAffine? affine, OnnxBatch x)
    {
        var (weight, bias) = LinearNumbers(layer, affine);
        var channels = x.Shape.Channels / conv.Groups;
        var filters = ToFilters(weight, conv.KernelHeight * conv.KernelWidth, channels, conv.Filters);
        var constant = graph.Constant($"{layer.Name}.weight", filters, conv.Filters, channels, conv.KernelHeight, conv.KernelWidth);
        return x with
        {
            Name = graph.Node(
                "Conv", layer.Name, [x.Name, constant, .. Bias(layer, bias)],
                ("kernel_shape", new long[] { conv.KernelHeight, conv.KernelWidth }), OnnxPooling.Both("strides", conv.Stride),
                OnnxPooling.Both("dilations", conv.Dilation), OnnxPooling.Pads(conv.Padding), ("group", (long)conv.Groups)),
        };
    }

    private OnnxBatch BatchNorm(BatchNormDefinition norm, BatchNormLayer layer, OnnxBatch x)
    {
        var numbers = layer.Describe();
        return x with
        {
            Name = graph.Node(
                "BatchNormalization", layer.Name,
                [
                    x.Name, Vector("gamma", numbers.Gamma), Vector("beta", numbers.Beta),
                    Vector("mean", numbers.RunningMean), Vector("variance", numbers.RunningVariance),
                ],
                ("epsilon", norm.Epsilon)),
        };

        string Vector(string role, IReadOnlyList<float> values) => graph.Constant($"{layer.Name}.{role}", [.. values], values.Count);
    }

    // Each group becomes one channel of InstanceNormalization; gamma and beta belong to channels or, of layer norm, to values.
    private OnnxBatch GroupNorm(NormDefinition norm, int groups, Layer layer, OnnxBatch x)
    {
        var ones = new float[groups];
        ones.AsSpan().Fill(1);
        var grouped = graph.Reshape($"{layer.Name}.groups", x.Name, 0, groups, x.Shape.Size / groups);
        var normalized = graph.Node(
            "InstanceNormalization", $"{layer.Name}.normalized",
            [
                grouped, graph.Constant($"{layer.Name}.scale", ones, groups),
                graph.Constant($"{layer.Name}.shift", new float[groups], groups),
            ],
            ("epsilon", norm.Epsilon));
        var y = x.IsPlanar
            ? graph.Reshape(layer.Name, normalized, 0, x.Shape.Channels, x.Shape.Height, x.Shape.Width)
            : graph.Reshape(layer.Name, normalized, 0, x.Shape.Size);
        if (NumbersOf(layer, "gamma") is { } gamma)
            y = graph.Node("Mul", $"{layer.Name}.scaled", [y, Affine("gamma", gamma)]);
        if (NumbersOf(layer, "beta") is { } beta)
            y = graph.Node("Add", $"{layer.Name}.centered", [y, Affine("beta", beta)]);
        return x with { Name = y };

        string Affine(string role, float[] values) => x.IsPlanar
            ? graph.Constant($"{layer.Name}.{role}", values, values.Length, 1, 1)
            : graph.Constant($"{layer.Name}.{role}", values, values.Length);
    }

    private OnnxBatch Pool(LayerDefinition pool, string name, OnnxBatch x) => x with { Name = OnnxPooling.Add(graph, pool, name, x) };

    private OnnxBatch PRelu(Layer layer, OnnxBatch x)
    {
        var slopes = NumbersOf(layer, "slope")!;
        long[] perChannel = x.IsPlanar ? [slopes.Length, 1, 1] : [slopes.Length];
        return x with { Name = graph.Node("PRelu", layer.Name, [x.Name, graph.Constant($"{layer.Name}.slope", slopes, perChannel)]) };
    }

    private OnnxBatch RmsNorm(RmsNormDefinition norm, Layer layer, OnnxBatch x)
    {
        var squares = graph.Node("Mul", $"{layer.Name}.squares", [x.Name, x.Name]);
        var mean = graph.Node("ReduceMean", $"{layer.Name}.mean", [squares], ("axes", new long[] { 1 }), ("keepdims", 1L));
        var sum = graph.Node("Add", $"{layer.Name}.sum", [mean, graph.Constant($"{layer.Name}.epsilon", [norm.Epsilon], 1)]);
        var normalized = graph.Node("Div", $"{layer.Name}.normalized", [x.Name, graph.Node("Sqrt", $"{layer.Name}.root", [sum])]);
        var gamma = NumbersOf(layer, "gamma")!;
        return x with { Name = graph.Node("Mul", layer.Name, [normalized, graph.Constant($"{layer.Name}.gamma", gamma, gamma.Length)]) };
    }

    private OnnxBatch Residual(ResidualLayer layer, OnnxBatch x)
    {
        var inner = Add(layer.Inner, x);
        var around = layer.Projection is { } projection ? Add(projection, x) : x;
        if (inner.IsPlanar != around.IsPlanar)
            (inner, around) = (ToRows($"{layer.Name}.inner", inner), ToRows($"{layer.Name}.shortcut", around));
        return inner with { Name = graph.Node("Add", layer.Name, [inner.Name, around.Name]) };
    }

    private OnnxBatch Encode(FeatureEncodingDefinition encoding, string name, OnnxBatch x) =>
        x with { Name = OnnxEncoding.Add(graph, encoding, name, encoding.Bins > 0 ? ToRows(name, x) : x) };

    private OnnxBatch Concat(ConcatLayer layer, OnnxBatch x)
    {
        var inner = Add(layer.Parts[0], x);
        (inner, x) = x.Shape.Pixels > 1
            ? (ToPlanes($"{layer.Name}.inner", inner), ToPlanes($"{layer.Name}.input", x))
            : (ToRows($"{layer.Name}.inner", inner), ToRows($"{layer.Name}.input", x));
        return inner with { Name = graph.Node("Concat", layer.Name, [inner.Name, x.Name], ("axis", 1L)) };
    }

    private string[] Bias(Layer layer, float[]? bias) =>
        bias is null ? [] : [graph.Constant($"{layer.Name}.bias", bias, bias.Length)];

    // (x * W + b) * scale + shift = x * (W * scale) + (b * scale + shift); outputs are the last dimension of W.
    private static (float[] Weight, float[]? Bias) LinearNumbers(Layer layer, ChannelAffine? affine)
    {
        var (weight, bias) = (NumbersOf(layer, "weight")!, NumbersOf(layer, "bias"));
        if (affine is not { } next)
            return (weight, bias);
        var outputs = next.Scale.Length;
        for (var i = 0; i < weight.Length; i++)
            weight[i] *= next.Scale[i % outputs];
        bias ??= new float[outputs];
        for (var i = 0; i < outputs; i++)
            bias[i] = bias[i] * next.Scale[i] + next.Shift[i];
        return (weight, bias);
    }

    /// <summary>[pixels, channels, filters] becomes [filters, channels, pixels].</summary>
    private static float[] ToFilters(float[] weight, int pixels, int channels, int filters)
    {
        var planes = new float[weight.Length];
        for (int pixel = 0, from = 0; pixel < pixels; pixel++)
            for (var channel = 0; channel < channels; channel++)
                for (var filter = 0; filter < filters; filter++, from++)
                    planes[(filter * channels + channel) * pixels + pixel] = weight[from];
        return planes;
    }

    /// <summary>A copy of the numbers in a role, or null if the layer has none.</summary>
    private static float[]? NumbersOf(Layer layer, string role) =>
        layer.SavedParameters.FirstOrDefault(parameter => parameter.Name == $"{layer.Name}.{role}")?.Value.ToArray();
}
