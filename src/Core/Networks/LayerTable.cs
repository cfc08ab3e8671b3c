using System.Globalization;
using System.Text;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>A network as text, one line per layer.</summary>
internal static class LayerTable
{
    public static string Of(Network network)
    {
        var text = new StringBuilder();
        Line("layer", "output", "parameters");
        Line("input", network.InputShape.ToString(), "");
        foreach (var layer in network.DescribeLayers())
            Line(layer.Name, layer.OutputShape.ToString(), Grouped(layer.ParameterCount));
        Line("total", "", Grouped(network.ParameterCount));
        return text.ToString().TrimEnd();

        void Line(string name, string shape, string parameters) =>
            text.Append(CultureInfo.InvariantCulture, $"{name,-16}{shape,-16}{parameters,12}").Append('\n');
    }

    private static string Grouped(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
