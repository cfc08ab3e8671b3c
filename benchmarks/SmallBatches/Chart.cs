using System.Globalization;
using System.Text;

namespace MLNet.BatchNorm.SmallBatches;

/// <summary>One line of the chart: an accuracy for each batch size.</summary>
internal sealed record ChartLine(string Name, IReadOnlyList<Accuracy> Accuracies);

/// <summary>Test accuracy over batch size as an SVG picture, with a bar of one deviation up and down at every point.</summary>
internal static class Chart
{
    private const int Width = 760, Height = 420, Left = 70, Top = 40, PlotWidth = 440, PlotHeight = 310;

    // Okabe and Ito's colours, which the colour-blind can tell apart.
    private static readonly string[] Colors = ["#D55E00", "#E69F00", "#CC79A7", "#009E73", "#0072B2"];

    public static string Of(IReadOnlyList<int> batchSizes, IReadOnlyList<ChartLine> lines)
    {
        const int step = 5;
        var lowest = lines.SelectMany(line => line.Accuracies).Min(accuracy => accuracy.Mean - accuracy.Deviation);
        var floor = (int)Math.Floor(100 * lowest / step) * step;
        var svg = new StringBuilder();
        Add(svg, $"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {Width} {Height}' font-family='sans-serif' font-size='13'>");
        Add(svg, $"<rect width='{Width}' height='{Height}' fill='white'/>");
        Add(svg, $"<text x='{Left}' y='22' font-size='15'>Test accuracy on the digits, percent (five seeds, one deviation)</text>");
        for (var percent = floor; percent <= 100; percent += step)
        {
            var y = Y(percent / 100.0, floor);
            Add(svg, $"<line x1='{Left}' x2='{Left + PlotWidth}' y1='{y:F1}' y2='{y:F1}' stroke='#ddd'/>");
            Add(svg, $"<text x='{Left - 8}' y='{y + 4:F1}' text-anchor='end'>{percent}</text>");
        }

        for (var i = 0; i < batchSizes.Count; i++)
            Add(svg, $"<text x='{X(i, batchSizes.Count):F1}' y='{Top + PlotHeight + 22}' text-anchor='middle'>{batchSizes[i]}</text>");
        Add(svg, $"<text x='{Left + PlotWidth / 2}' y='{Top + PlotHeight + 46}' text-anchor='middle'>rows per batch</text>");
        for (var i = 0; i < lines.Count; i++)
            AddLine(svg, lines[i], i, lines.Count, floor);
        return svg.Append("</svg>\n").ToString();
    }

    private static void AddLine(StringBuilder svg, ChartLine line, int index, int lines, int floor)
    {
        var color = Colors[index % Colors.Length];
        // Side by side, so that bars do not hide each other.
        var offset = 5.0 * (index - (lines - 1) / 2.0);
        var points = line.Accuracies.Select((a, i) => (X: X(i, line.Accuracies.Count) + offset, Accuracy: a)).ToArray();
        var path = string.Join(
            ' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:F1},{Y(p.Accuracy.Mean, floor):F1}")));
        Add(svg, $"<polyline points='{path}' fill='none' stroke='{color}' stroke-width='2'/>");
        foreach (var (x, accuracy) in points)
        {
            var (top, bottom) = (Y(accuracy.Mean + accuracy.Deviation, floor), Y(accuracy.Mean - accuracy.Deviation, floor));
            Add(svg, $"<line x1='{x:F1}' x2='{x:F1}' y1='{top:F1}' y2='{bottom:F1}' stroke='{color}'/>");
            Add(svg, $"<circle cx='{x:F1}' cy='{Y(accuracy.Mean, floor):F1}' r='3.5' fill='{color}'/>");
        }

        var legend = Top + 20 + 24 * index;
        Add(svg, $"<circle cx='{Left + PlotWidth + 30}' cy='{legend - 4}' r='5' fill='{color}'/>");
        Add(svg, $"<text x='{Left + PlotWidth + 42}' y='{legend}'>{line.Name}</text>");
    }

    private static double X(int index, int count) => Left + (index + 0.5) * PlotWidth / count;

    private static double Y(double accuracy, int floor) => Top + PlotHeight * (1 - (100 * accuracy - floor) / (100 - floor));

    private static void Add(StringBuilder svg, FormattableString element) =>
        svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
