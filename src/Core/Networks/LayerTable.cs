using System.Globalization;
using System.Text;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>A network as text, one line per layer.</summary>
internal static class LayerTable
{
    public static string Of(Network network)
    {
        var text = new StringBuilder();
        var layers = network.DescribeLayers();
        var workspace = network.WorkspaceBytes;
        Line("layer", "output", "parameters", "bytes", "bytes/row");
        Line("input", network.InputShape.ToString());
        foreach (var layer in layers)
            Line(
                layer.Name, layer.OutputShape.ToString(), Grouped(layer.ParameterCount), Grouped(layer.ParameterBytes),
                Grouped(layer.ActivationBytes));
        Line("workspace", bytesPerRow: Grouped(workspace));
        Line(
            "total", "", Grouped(network.ParameterCount), Grouped(layers.Sum(layer => layer.ParameterBytes)),
            Grouped(workspace + layers.Sum(layer => layer.ActivationBytes)));
        return text.ToString().TrimEnd();

        void Line(string name, string shape = "", string parameters = "", string bytes = "", string bytesPerRow = "") =>
            text.Append(CultureInfo.InvariantCulture, $"{name,-16}{shape,-16}{parameters,12}{bytes,15}{bytesPerRow,15}").Append('\n');
    }

    private static string Grouped(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
