namespace MLNet.BatchNorm.Core.Tests.Onnx;

/// <summary>
/// A case as a layer: its definition, the shape of one example, the rows that go in and that should come out, as the layer has them, and
/// what each parameter holds.
/// </summary>
internal sealed record OnnxLayerCase(LayerDefinition Definition, Shape Input, float[] X, float[] Y, float[][] Parameters)
{
    /// <summary>Null if the operator is no layer.</summary>
    public static OnnxLayerCase? Of(OnnxCase test) => test.Operator switch
    {
        "Conv" => Convolution(test),
        "AveragePool" => Images(test, new AveragePool2DDefinition(test.Size("kernel_shape"))
        {
            Stride = test.Size("strides"),
            Padding = test.Padding(),
            Dilation = test.Size("dilations"),
            CeilMode = test.Flag("ceil_mode"),
            CountIncludePad = test.Flag("count_include_pad"),
        }),
        "MaxPool" => Images(test, new MaxPool2DDefinition(test.Size("kernel_shape"))
        {
            Stride = test.Size("strides"),
            Padding = test.Padding(),
            Dilation = test.Size("dilations"),
            CeilMode = test.Flag("ceil_mode"),
        }),
        "GlobalAveragePool" => Images(test, new GlobalAveragePoolDefinition()),
        "GlobalMaxPool" => Images(test, new GlobalMaxPoolDefinition()),
        "Flatten" => Images(test, new FlattenDefinition()) with
        {
            Y = (test.Expected("Y") with { Shape = test.Input("X").Shape }).ChannelsLast(),   // ours keeps the order of the values
        },
        "InstanceNormalization" =>
            Images(test, new InstanceNormDefinition { Epsilon = test.Number("epsilon", 1e-5f) }, Data(test, "scale", "B")),
        "GroupNormalization" => Images(
            test, new GroupNormDefinition(test.Integer("num_groups", 1)) { Epsilon = test.Number("epsilon", 1e-5f) },
            Data(test, "scale", "B")),
        "PRelu" => Images(test, new PReluDefinition(), [Slopes(test)]),
        "LayerNormalization" =>
            Normalized(test, new LayerNormDefinition { Epsilon = test.Number("epsilon", 1e-5f) }, Data(test, "scale", "B")),
        "RMSNormalization" => Normalized(test, new RmsNormDefinition { Epsilon = test.Number("epsilon", 1e-5f) }, Data(test, "scale")),
        "Gemm" or "MatMul" => Product(test),
        "Elu" => Values(test, new ActivationDefinition(ActivationKind.Elu) { Alpha = test.Number("alpha", 1) }),
        "LeakyRelu" => Values(test, new ActivationDefinition(ActivationKind.LeakyRelu) { Alpha = test.Number("alpha", 0.01f) }),
        "Gelu" => Values(test, new ActivationDefinition(
            test.Text("approximate", "none") == "tanh" ? ActivationKind.GeluTanh : ActivationKind.Gelu)),
        "Swish" => Values(test, new ActivationDefinition(ActivationKind.Silu)),
        "Relu" or "Sigmoid" or "Tanh" or "HardSwish" or "Softplus" or "Mish" =>
            Values(test, new ActivationDefinition(Enum.Parse<ActivationKind>(test.Operator))),
        _ => null,
    };

    private static OnnxLayerCase Convolution(OnnxCase test)
    {
        var filters = test.Input("W");
        var kernel = test.Size("kernel_shape");
        var bias = test.OptionalInput("B");
        var definition = new Conv2DDefinition(filters.Shape[0])
        {
            KernelHeight = kernel.Height,
            KernelWidth = kernel.Width,
            Stride = test.Size("strides"),
            Padding = test.Padding(),
            Dilation = test.Size("dilations"),
            Groups = test.Integer("group", 1),
            UseBias = bias is not null,
        };
        return Images(test, definition, bias is null ? [filters.Filters()] : [filters.Filters(), bias.Data]);
    }

    private static OnnxLayerCase Images(OnnxCase test, LayerDefinition definition, params float[][] parameters)
    {
        var (x, y) = (test.Input("X"), test.Expected("Y"));
        return new(definition, x.Example, x.ChannelsLast(), y.ChannelsLast(), parameters);
    }

    // Everything from the axis on is one example.
    private static OnnxLayerCase Normalized(OnnxCase test, LayerDefinition definition, float[][] parameters)
    {
        var x = test.Input("X");
        var axis = test.Integer("axis", -1);
        var size = x.Shape.Skip(axis < 0 ? axis + x.Shape.Length : axis).Aggregate(1, (product, length) => product * length);
        return new(definition, Shape.Vector(size), x.Data, test.Expected("Y").Data, parameters);
    }

    // Element by element: one example of all values.
    private static OnnxLayerCase Values(OnnxCase test, LayerDefinition definition)
    {
        var x = test.Input("X").Data;
        return new(definition, Shape.Vector(x.Length), x, test.Expected("Y").Data, []);
    }

    // alpha * A * B + beta * C as a dense layer.
    private static OnnxLayerCase Product(OnnxCase test)
    {
        var (a, b) = (test.Input("A"), test.Input("B"));
        var inputs = test.Flag("transA") ? a.Shape[0] : a.Shape[^1];
        var x = test.Flag("transA") ? a.Transposed(1, inputs) : a.Data;
        var weight = test.Flag("transB") ? b.Transposed(1, b.Shape[0]) : b.Data;
        var units = weight.Length / inputs;
        weight = [.. weight.Select(value => value * test.Number("alpha", 1))];
        var definition = new DenseDefinition(units) { UseBias = test.OptionalInput("C") is not null };
        float[][] parameters = test.OptionalInput("C") is not { } c
            ? [weight]
            : [weight, [.. Enumerable.Range(0, units).Select(unit => c.Data[unit % c.Data.Length] * test.Number("beta", 1))]];
        return new(definition, Shape.Vector(inputs), x, test.Expected("Y").Data, parameters);
    }

    private static float[][] Data(OnnxCase test, params string[] names) => [.. names.Select(name => test.Input(name).Data)];

    private static float[] Slopes(OnnxCase test)
    {
        var slope = test.Input("slope").Data;
        return slope.Length > 1 ? slope : [.. Enumerable.Repeat(slope[0], test.Input("X").Shape[1])];
    }
}
