namespace MLNet.BatchNorm.Core.Interchange;

/// <summary>What pooling is in ONNX. It takes images channel by channel.</summary>
/// <remarks>
/// ONNX Runtime's maximum passes over NaN. Ours is NaN then, as a missing value must not leave an answer, so 0 times every value of the
/// window is added, which is NaN too.
/// </remarks>
internal static class OnnxPooling
{
    /// <exception cref="NotSupportedException">Operator sets up to 17 have no counterpart.</exception>
    public static string Add(OnnxGraph graph, LayerDefinition definition, string name, OnnxBatch x) => definition switch
    {
        MaxPool2DDefinition pool => Max(graph, pool, name, x),
        AveragePool2DDefinition pool => Average(graph, pool, name, x),
        GlobalMaxPoolDefinition => GlobalMax(graph, name, x.Name),
        _ => graph.Node("GlobalAveragePool", name, [x.Name]),
    };

    public static (string Name, object Value) Both(string attribute, Size2D size) => (attribute, new long[] { size.Height, size.Width });

    public static (string Name, object Value) Pads(Padding2D padding) =>
        ("pads", new long[] { padding.Top, padding.Left, padding.Bottom, padding.Right });

    // A depthwise convolution, because ONNX Runtime adds in the same pass and keeps the layout that its convolutions share.
    private static string Max(OnnxGraph graph, MaxPool2DDefinition pool, string name, OnnxBatch x)
    {
        var (channels, size, dilations) = (x.Shape.Channels, pool.Size, Both("dilations", pool.Dilation));
        var zeros = graph.Constant(
            $"{name}.zero", new float[channels * size.Height * size.Width], channels, 1, size.Height, size.Width);
        return graph.Node(
            "Add", name,
            [
                Windows(graph, "MaxPool", pool, $"{name}.maximum", x, [x.Name], dilations),
                Windows(graph, "Conv", pool, $"{name}.zeroOrMissing", x, [x.Name, zeros], dilations, ("group", (long)channels)),
            ]);
    }

    private static string GlobalMax(OnnxGraph graph, string name, string x)
    {
        var mean = graph.Node("GlobalAveragePool", $"{name}.mean", [x]);
        var zeroOrMissing = graph.Node("Mul", $"{name}.zeroOrMissing", [mean, graph.Constant($"{name}.zero", [0f], 1)]);
        return graph.Node("Add", name, [graph.Node("GlobalMaxPool", $"{name}.maximum", [x]), zeroOrMissing]);
    }

    // Ours leaves padding out of the mean unless asked, as ONNX does.
    private static string Average(OnnxGraph graph, AveragePool2DDefinition pool, string name, OnnxBatch x)
    {
        if (pool.Dilation != 1)
            throw Unsupported(name, $"a dilation of {pool.Dilation}");
        if (pool.CountIncludePad && PaddingOf(pool, x.Shape) != pool.Padding)
            throw Unsupported(name, "both CeilMode and CountIncludePad");
        return Windows(graph, "AveragePool", pool, name, x, [x.Name], ("count_include_pad", pool.CountIncludePad ? 1L : 0L));
    }

    private static string Windows(
        OnnxGraph graph, string operation, Pool2DDefinition pool, string name, OnnxBatch x, string[] inputs,
        params (string Name, object Value)[] more) => graph.Node(
        operation, name, inputs,
        [Both("kernel_shape", pool.Size), Both("strides", pool.Stride ?? pool.Size), Pads(PaddingOf(pool, x.Shape)), .. more]);

    // Readers differ in what ceil_mode does with windows that begin beyond the image, so it is said by padding.
    private static Padding2D PaddingOf(Pool2DDefinition pool, Shape input)
    {
        var (output, padding, stride) = (pool.OutputShape(input), pool.Padding, pool.Stride ?? pool.Size);
        return padding with
        {
            Bottom = Covering(
                output.Height, stride.Height, pool.Size.Height, pool.Dilation.Height, input.Height + padding.Top, padding.Bottom),
            Right = Covering(
                output.Width, stride.Width, pool.Size.Width, pool.Dilation.Width, input.Width + padding.Left, padding.Right),
        };
    }

    private static int Covering(int windows, int stride, int size, int dilation, int before, int padding) =>
        Math.Max(padding, (windows - 1) * stride + (size - 1) * dilation + 1 - before);

    private static NotSupportedException Unsupported(string layer, string option) =>
        new($"Layer '{layer}' has {option}, which cannot be exported to ONNX before operator set 19.");
}
