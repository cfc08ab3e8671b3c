using System.Globalization;
using System.Net;

namespace ImageClassification.Report;

/// <summary>What the charts are made of. Colours are classes of <see cref="Theme"/>, so one chart serves light and dark pages.</summary>
internal static class Svg
{
    private const double SmallestText = 11;

    /// <summary>
    /// A picture of a given size that shrinks with the page, as long as its text can be read; the title is what screen readers say.
    /// </summary>
    public static string Picture(double width, double height, string title, double textSize, IEnumerable<string> elements) =>
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Number(width)} {Number(height)}"
        width="{Number(width)}" style="font-size: {Number(textSize)}px; min-width: {Math.Ceiling(width * SmallestText / textSize)}px"
        class="plain" role="img">
        <title>{Escape(title)}</title>
        {string.Join('\n', elements)}
        </svg>
        """;

    public static string Line(double x1, double y1, double x2, double y2, string style) =>
        $"""<line x1="{Number(x1)}" y1="{Number(y1)}" x2="{Number(x2)}" y2="{Number(y2)}" class="{style}"/>""";

    /// <summary>A rectangle, with a text to show where the mouse rests.</summary>
    public static string Rectangle(
        double x, double y, double width, double height, string style, double opacity = 1, string? hint = null) =>
        $"""<rect x="{Number(x)}" y="{Number(y)}" width="{Number(width)}" height="{Number(height)}" class="{style}" """
        + (opacity < 1 ? $"""fill-opacity="{Number(opacity)}" """ : "")
        + (hint is null ? "/>" : $"><title>{Escape(hint)}</title></rect>");

    /// <summary>A text; the anchor is start, middle or end.</summary>
    public static string Text(double x, double y, string text, string anchor = "start", string style = "label") =>
        $"""<text x="{Number(x)}" y="{Number(y)}" text-anchor="{anchor}" class="{style}">{Escape(text)}</text>""";

    /// <summary>As short as a coordinate may be, with a point in every culture.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    public static string Escape(string text) => WebUtility.HtmlEncode(text);
}
