using System.Globalization;
using System.Security;
using System.Text;

namespace ImageClassification.Charts;

/// <summary>
/// Lines over a common axis, as an SVG picture that follows the reader's light or dark colours and needs nothing else. The figures of each
/// point show where the mouse rests.
/// </summary>
/// <param name="Title">Stands above the chart and is read out instead of it.</param>
/// <param name="X">To the right.</param>
/// <param name="Y">Upwards.</param>
/// <param name="Lines">Later ones lie above earlier ones.</param>
internal sealed record LineChart(string Title, Axis X, Axis Y, IReadOnlyList<Series> Lines)
{
    private const int Width = 440, Left = 74, Top = 38, PlotWidth = Width - Left - 10, PlotHeight = 230, Inset = 10;
    private const int LegendTop = Top + PlotHeight + 78, LegendLine = 23, LegendSample = 34, Edge = 12;

    // Of the widest common fonts, in which a legend must not be cut off either.
    private const int LetterWidth = 8;

    // A narrower band cannot be aimed at.
    private const double NarrowestBand = 3;

    /// <summary>A value of X to mark, and its name in the legend; default: none.</summary>
    public (double X, string Name)? Mark { get; init; }

    /// <summary>The picture, as a file of its own or inside a page.</summary>
    public string ToSvg()
    {
        var legend = Legend().ToArray();
        var second = Edge + WidthOf(legend.Where((_, i) => i % 2 == 0)) + Edge;
        var columns = second + WidthOf(legend.Where((_, i) => i % 2 == 1)) <= Width - Edge ? 2 : 1;
        var height = LegendTop + LegendLine * ((legend.Length + columns - 1) / columns) - 8;
        var svg = new StringBuilder();
        Add(svg, $"<svg xmlns='http://www.w3.org/2000/svg' class='chart' width='{Width}' viewBox='0 0 {Width} {height}' role='img'");
        Add(svg, $" aria-label='{Text(Title)}'>");
        svg.Append("<style>\n").Append(ChartStyle.Css).Append("\n</style>\n");
        Add(svg, $"<rect class='ground' width='{Width}' height='{height}'/>");
        Add(svg, $"<text x='{Edge}' y='22' class='title'>{Text(Title)}</text>");
        AddAxes(svg);
        if (Mark is { } mark)
            Add(svg, $"<path class='mark' d='M{XOf(mark.X):F1} {Top}v{PlotHeight}'/>");
        for (var i = 0; i < Lines.Count; i++)
            AddLine(svg, Lines[i], ShiftOf(i));
        for (var i = 0; i < legend.Length; i++)
            AddEntry(svg, legend[i], i % columns == 0 ? Edge : second, LegendTop + i / columns * LegendLine);
        AddHints(svg);
        return svg.Append("</svg>\n").ToString();
    }

    private void AddAxes(StringBuilder svg)
    {
        foreach (var tick in Y.Ticks)
        {
            var y = YOf(tick);
            Add(svg, $"<line class='grid' x1='{Left}' x2='{Left + PlotWidth}' y1='{y:F1}' y2='{y:F1}'/>");
            Add(svg, $"<text x='{Left - 8}' y='{y + 5:F1}' text-anchor='end'>{Y.Label(tick)}</text>");
        }

        foreach (var tick in X.Ticks)
            Add(svg, $"<text x='{XOf(tick):F1}' y='{Top + PlotHeight + 21}' text-anchor='middle'>{X.Label(tick)}</text>");
        Add(svg, $"<text x='{Left + PlotWidth / 2}' y='{Top + PlotHeight + 44}' text-anchor='middle'>{Text(X.Title)}</text>");
        var middle = Top + PlotHeight / 2;
        Add(svg, $"<text x='15' y='{middle}' text-anchor='middle' transform='rotate(-90 15 {middle})'>{Text(Y.Title)}</text>");
    }

    private void AddLine(StringBuilder svg, Series line, double shift)
    {
        Add(svg, $"<g class='c{line.Color}'>");
        var points = string.Join(' ', line.Points.Select(point => Format($"{XOf(point.X) + shift:F1},{YOf(point.Y):F1}")));
        if (line.HasLine)
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

    private IEnumerable<(string Class, string Path, string Name)> Legend()
    {
        foreach (var line in Lines.Where(line => line.Name.Length > 0))
            yield return line.HasLine
                ? ($"c{line.Color} {LineClass(line)}", "h26", line.Name)
                : ($"c{line.Color} dot", "m10 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", line.Name);
        if (Mark is { } mark)
            yield return ("mark", "m13 -9v18", mark.Name);
    }

    private static void AddEntry(StringBuilder svg, (string Class, string Path, string Name) entry, int x, int y)
    {
        Add(svg, $"<path class='{entry.Class}' d='M{x} {y - 5}{entry.Path}'/>");
        Add(svg, $"<text x='{x + LegendSample}' y='{y}'>{Text(entry.Name)}</text>");
    }

    private static int WidthOf(IEnumerable<(string Class, string Path, string Name)> entries) =>
        entries.Select(entry => LegendSample + LetterWidth * entry.Name.Length).DefaultIfEmpty().Max();

    // A band over the whole height for each value of X, so that nobody has to hit a line.
    private void AddHints(StringBuilder svg)
    {
        double[] all = [.. Lines.SelectMany(line => line.Points).Select(point => point.X).Distinct().Order()];
        var every = (int)Math.Ceiling(all.Length * NarrowestBand / PlotWidth);
        double[] shown = [.. all.Where((_, i) => i % every == 0)];
        for (var i = 0; i < shown.Length; i++)
        {
            var from = i == 0 ? Left : (XOf(shown[i - 1]) + XOf(shown[i])) / 2;
            var to = i == shown.Length - 1 ? Left + PlotWidth : (XOf(shown[i]) + XOf(shown[i + 1])) / 2;
            Add(svg, $"<rect class='hint' x='{from:F1}' y='{Top}' width='{to - from:F1}' height='{PlotHeight}'>");
            Add(svg, $"<title>{Text(HintAt(shown[i]))}</title></rect>");
        }
    }

    private string HintAt(double x)
    {
        var figures =
            from line in Lines
            from point in line.Points
            where line.Name.Length > 0 && point.X == x
            select Format($"{line.Name}: {point.Y:G4}{(point.Deviation > 0 ? Format($" ± {point.Deviation:G2}") : "")}");
        return string.Join('\n', figures.Prepend($"{X.Title} {(X.Names is null ? Format($"{x}") : X.Label(x))}"));
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
