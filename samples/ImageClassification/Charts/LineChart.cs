using System.Globalization;
using System.Security;
using System.Text;

namespace ImageClassification.Charts;

/// <summary>Lines over a common axis, as an SVG picture that follows the reader's light or dark colours and needs nothing else.</summary>
/// <param name="Title">Stands above the chart and is read out instead of it.</param>
/// <param name="X">To the right.</param>
/// <param name="Y">Upwards.</param>
/// <param name="Lines">Later ones lie above earlier ones.</param>
internal sealed record LineChart(string Title, Axis X, Axis Y, IReadOnlyList<Series> Lines)
{
    private const int Width = 790, Height = 400, Left = 74, Top = 40, PlotWidth = 450, PlotHeight = 300, Inset = 14;

    // Okabe and Ito's colours, which the colour-blind can tell apart; lighter where the ground is dark.
    private const string Style = """
        .chart { font: 13px system-ui, sans-serif }
        .chart .ground { fill: #fff } .chart text { fill: #222 } .chart .grid { stroke: #ddd }
        .chart .c0 { --c: #0072b2 } .chart .c1 { --c: #d55e00 } .chart .c2 { --c: #009e73 }
        .chart .c3 { --c: #b0558c } .chart .c4 { --c: #b47d00 } .chart .c5 { --c: #555 }
        .chart .line { fill: none; stroke: var(--c); stroke-width: 2 } .chart .dashed { stroke-dasharray: 6 4 }
        .chart .bar { stroke: var(--c) } .chart .dot { fill: var(--c) }
        @media (prefers-color-scheme: dark) {
          .chart .ground { fill: #16181d } .chart text { fill: #e6e6e6 } .chart .grid { stroke: #3a3d44 }
          .chart .c0 { --c: #56b4e9 } .chart .c1 { --c: #ff8c42 } .chart .c2 { --c: #2fd3a5 }
          .chart .c3 { --c: #e69fce } .chart .c4 { --c: #f0c04a } .chart .c5 { --c: #bbb }
        }
        """;

    /// <summary>The picture, as a file of its own or inside a page.</summary>
    public string ToSvg()
    {
        var svg = new StringBuilder();
        Add(svg, $"<svg xmlns='http://www.w3.org/2000/svg' class='chart' viewBox='0 0 {Width} {Height}' role='img'");
        Add(svg, $" aria-label='{Text(Title)}'>");
        svg.Append("<style>\n").Append(Style).Append("\n</style>\n");
        Add(svg, $"<rect class='ground' width='{Width}' height='{Height}'/>");
        Add(svg, $"<text x='{Left}' y='22' font-size='15'>{Text(Title)}</text>");
        AddAxes(svg);
        for (var i = 0; i < Lines.Count; i++)
            AddLine(svg, Lines[i], ShiftOf(i));
        AddLegend(svg);
        return svg.Append("</svg>\n").ToString();
    }

    private void AddAxes(StringBuilder svg)
    {
        foreach (var tick in Y.Ticks)
        {
            var y = YOf(tick);
            Add(svg, $"<line class='grid' x1='{Left}' x2='{Left + PlotWidth}' y1='{y:F1}' y2='{y:F1}'/>");
            Add(svg, $"<text x='{Left - 8}' y='{y + 4:F1}' text-anchor='end'>{Y.Label(tick)}</text>");
        }

        foreach (var tick in X.Ticks)
            Add(svg, $"<text x='{XOf(tick):F1}' y='{Top + PlotHeight + 20}' text-anchor='middle'>{X.Label(tick)}</text>");
        Add(svg, $"<text x='{Left + PlotWidth / 2}' y='{Top + PlotHeight + 44}' text-anchor='middle'>{Text(X.Title)}</text>");
        var middle = Top + PlotHeight / 2;
        Add(svg, $"<text x='18' y='{middle}' text-anchor='middle' transform='rotate(-90 18 {middle})'>{Text(Y.Title)}</text>");
    }

    private void AddLine(StringBuilder svg, Series line, double shift)
    {
        Add(svg, $"<g class='c{line.Color}'>");
        var points = string.Join(' ', line.Points.Select(point => Format($"{XOf(point.X) + shift:F1},{YOf(point.Y):F1}")));
        Add(svg, $"<polyline class='{LineClass(line)}' points='{points}'/>");
        foreach (var point in line.Points)
        {
            var (x, y) = (XOf(point.X) + shift, YOf(point.Y));
            var (top, bottom) = (YOf(point.Y + point.Deviation), YOf(point.Y - point.Deviation));
            if (point.Deviation > 0)
                Add(svg, $"<line class='bar' x1='{x:F1}' x2='{x:F1}' y1='{top:F1}' y2='{bottom:F1}'/>");
            if (line.HasDots)
                Add(svg, $"<circle class='dot' cx='{x:F1}' cy='{y:F1}' r='3.5'/>");
        }

        svg.Append("</g>\n");
    }

    private void AddLegend(StringBuilder svg)
    {
        const int left = Left + PlotWidth + 20;
        var y = Top + 16;
        foreach (var line in Lines.Where(line => line.Name.Length > 0))
        {
            Add(svg, $"<g class='c{line.Color}'><path class='{LineClass(line)}' d='M{left} {y - 4}h26'/></g>");
            Add(svg, $"<text x='{left + 34}' y='{y}'>{Text(line.Name)}</text>");
            y += 24;
        }
    }

    // Side by side, so that bars do not hide each other.
    private double ShiftOf(int line) =>
        Lines.SelectMany(other => other.Points).Any(point => point.Deviation > 0) ? 4 * (line - (Lines.Count - 1) / 2.0) : 0;

    private double XOf(double value) => Left + Inset + (PlotWidth - 2 * Inset) * X.Position(value);

    private double YOf(double value) => Top + PlotHeight * (1 - Y.Position(value));

    private static string LineClass(Series line) => line.IsDashed ? "line dashed" : "line";

    private static string Text(string text) => SecurityElement.Escape(text);

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Add(StringBuilder svg, FormattableString element) => svg.Append(Format(element)).Append('\n');
}
