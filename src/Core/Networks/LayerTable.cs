using System.Globalization;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>A network as a table, one row per layer.</summary>
internal static class LayerTable
{
    private static readonly string[] Header = ["layer", "output", "parameters", "bytes", "bytes/row"];

    public static string TextOf(Network network) => string.Join('\n', RowsOf(network).Prepend(Header).Select(Line));

    public static string HtmlOf(Network network, string caption) => HtmlTable.Of(caption, Header, RowsOf(network));

    private static string Line(string[] row) => $"{row[0],-16}{row[1],-16}{row[2],12}{row[3],15}{row[4],15}".TrimEnd();

    private static IEnumerable<string[]> RowsOf(Network network)
    {
        var layers = network.DescribeLayers();
        var workspace = network.WorkspaceBytes;
        return
        [
            ["input", network.InputShape.ToString(), "", "", ""],
            .. layers.Select(layer => (string[])
            [
                layer.Name, layer.OutputShape.ToString(), Grouped(layer.ParameterCount), Grouped(layer.ParameterBytes),
                Grouped(layer.ActivationBytes),
            ]),
            ["workspace", "", "", "", Grouped(workspace)],
            [
                "total", "", Grouped(network.ParameterCount), Grouped(layers.Sum(layer => layer.ParameterBytes)),
                Grouped(workspace + layers.Sum(layer => layer.ActivationBytes)),
            ],
        ];
    }

    private static string Grouped(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
