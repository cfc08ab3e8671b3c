namespace MLNet.BatchNorm.Core.Interchange;

/// <summary>What <see cref="FeatureEncodingDefinition"/> is in ONNX.</summary>
internal static class OnnxEncoding
{
    /// <summary>z = (x - mean) * factor, and with bins 3 asinh(z / 3), the bins behind it.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="encoding">With its scales.</param>
    /// <param name="name">Name of the layer.</param>
    /// <param name="x">Rows, or images whose channels the scales belong to.</param>
    public static string Add(OnnxGraph graph, FeatureEncodingDefinition encoding, string name, OnnxBatch x)
    {
        var scales = encoding.Scales!;
        long[] perChannel = x.IsPlanar ? [scales.Mean.Length, 1, 1] : [scales.Mean.Length];
        var centered = graph.Node("Sub", $"{name}.centered", [x.Name, graph.Constant($"{name}.mean", scales.Mean, perChannel)]);
        var z = graph.Node("Mul", $"{name}.scaled", [centered, graph.Constant($"{name}.factor", scales.Factor, perChannel)]);
        if (encoding.Bins == 0)
            return z;

        var linearTo = graph.Constant($"{name}.linearTo", [FeatureEncodingLayer.LinearTo], 1);
        var asinh = graph.Node("Asinh", $"{name}.asinh", [graph.Node("Div", $"{name}.divided", [z, linearTo])]);
        var compressed = graph.Node("Mul", $"{name}.compressed", [asinh, linearTo]);
        return scales.BinMeans.Length == 0
            ? compressed
            : graph.Node("Concat", name, [compressed, AddBins(graph, scales, name, x.Name)], ("axis", 1L));
    }

    // (x - start) / width of each bin, held between 0 and 1, less its mean.
    private static string AddBins(OnnxGraph graph, FeatureScales scales, string name, string x)
    {
        var bins =
            from feature in scales.Edges.Index()
            from edge in feature.Item.Skip(1).Zip(feature.Item, (end, start) => (Start: start, Width: end - start))
            select (Feature: (long)feature.Index, edge.Start, edge.Width);
        var count = scales.BinMeans.Length;
        var features = graph.Node(
            "Gather", $"{name}.binned", [x, graph.Constant($"{name}.features", bins.Select(bin => bin.Feature).ToArray(), count)],
            ("axis", 1L));
        var above = graph.Node("Sub", $"{name}.above", [features, Constant("starts", bins.Select(bin => bin.Start))]);
        var share = graph.Node("Div", $"{name}.share", [above, Constant("widths", bins.Select(bin => bin.Width))]);
        var notLower = graph.Node("Max", $"{name}.notLower", [share, graph.Constant($"{name}.zero", [0f], 1)]);
        var within = graph.Node("Min", $"{name}.within", [notLower, graph.Constant($"{name}.one", [1f], 1)]);
        return graph.Node("Sub", $"{name}.bins", [within, Constant("binMeans", scales.BinMeans)]);

        string Constant(string role, IEnumerable<float> values) => graph.Constant($"{name}.{role}", [.. values], count);
    }
}
