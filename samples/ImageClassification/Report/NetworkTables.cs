using MLNet.BatchNorm;

namespace ImageClassification.Report;

/// <summary>What the network looks like inside.</summary>
internal static class NetworkTables
{
    public static string LayerSection(Evaluation evaluation)
    {
        var network = evaluation.Network;
        var rows = evaluation.Features.Length / network.InputCount;
        if (rows < 2)
            return "";
        var times = network.MeasureLayers(evaluation.Features);
        var longest = times.Max(time => time.Forward + time.Backward);
        return HtmlReport.Section(
            "Layers",
            $"The times are those of one training step on {rows} pictures, each layer measured on its own on the machine that wrote "
                + "this report. A ReLU right behind a batch normalization is computed together with it.",
            HtmlReport.Scroll("Layers", $"""
            <table>
            <thead><tr><th scope="col">layer</th><th scope="col">output</th><th scope="col" class="number">parameters</th>
            <th scope="col" class="number">forward, µs</th><th scope="col" class="number">backward, µs</th>
            <th scope="col">of the longest</th></tr></thead>
            <tbody>
            <tr><td>input</td><td>{network.InputShape}</td><td></td><td></td><td></td><td></td></tr>
            {string.Join('\n', network.Layers.Zip(times, (layer, time) => Rows(layer, time, longest)))}
            <tr><td><strong>all</strong></td><td></td><td class="number">{network.ParameterCount:N0}</td>
            <td class="number">{Sum(times, time => time.Forward)}</td>
            <td class="number">{Sum(times, time => time.Backward)}</td><td></td></tr>
            </tbody>
            </table>
            """));
    }

    public static string BatchNormSection(NeuralNetworkModelParameters network) => network.BatchNormLayers is [] ? "" : HtmlReport.Section(
        "Batch normalization",
        "What each layer learned: gamma, with which it scales, and the running mean and variance that predictions are normalized with; "
            + "how many channels have which value.",
        HtmlReport.Scroll("Batch normalization", $"""
        <table>
        <thead><tr><th scope="col">layer</th><th scope="col" class="number">channels</th><th scope="col">gamma</th>
        <th scope="col">running mean</th><th scope="col">running variance</th></tr></thead>
        <tbody>
        {string.Join('\n', network.BatchNormLayers.Select(Row))}
        </tbody>
        </table>
        """));

    private static string Rows(LayerInfo layer, LayerTime time, TimeSpan longest) => $"""
        <tr><td>{layer.Name}</td><td>{layer.OutputShape}</td><td class="number">{layer.ParameterCount:N0}</td>{Times(time, longest)}</tr>
        {string.Join('\n', layer.InnerLayers.Select(inner => $"""
        <tr><td class="inner">{inner.Name}</td><td class="muted">{inner.OutputShape}</td>
        <td class="number muted">{inner.ParameterCount:N0}</td><td></td><td></td><td></td></tr>
        """))}
        """;

    private static string Times(LayerTime time, TimeSpan longest) => time.Forward + time.Backward is var both && both == TimeSpan.Zero
        ? "<td></td><td></td><td></td>"
        : $"""
            <td class="number">{time.Forward.TotalMicroseconds:N0}</td>
            <td class="number">{time.Backward.TotalMicroseconds:N0}</td>
            <td>{ClassTable.Bar(both / longest, "fill1")}</td>
            """;

    private static string Sum(IEnumerable<LayerTime> times, Func<LayerTime, TimeSpan> way) =>
        $"{times.Sum(time => way(time).TotalMicroseconds):N0}";

    private static string Row(BatchNormInfo layer) => $"""
        <tr><td>{layer.Name}</td><td class="number">{layer.Gamma.Count}</td>
        <td>{Histogram.Of($"Gamma of {layer.Name}", layer.Gamma)}</td>
        <td>{Histogram.Of($"Running mean of {layer.Name}", layer.RunningMean)}</td>
        <td>{Histogram.Of($"Running variance of {layer.Name}", layer.RunningVariance)}</td></tr>
        """;
}
