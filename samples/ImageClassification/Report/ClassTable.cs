using Microsoft.ML.Data;
using static ImageClassification.Report.Svg;

namespace ImageClassification.Report;

/// <summary>Precision and recall of each class.</summary>
internal static class ClassTable
{
    private const double BarWidth = 90, BarHeight = 10;

    public static string Of(ConfusionMatrix confusion, IReadOnlyList<string> classes) => $"""
        <div class="scroll"><table>
        <thead><tr><th>class</th><th class="number">pictures</th><th colspan="2">precision</th><th colspan="2">recall</th></tr></thead>
        <tbody>
        {string.Join('\n', classes.Select((name, i) => $"""
        <tr><td>{Escape(name)}</td><td class="number">{confusion.Counts[i].Sum()}</td>
        {Share(confusion.PerClassPrecision[i])}{Share(confusion.PerClassRecall[i])}</tr>
        """))}
        </tbody>
        </table></div>
        """;

    // There is no precision of a class that was never predicted.
    private static string Share(double share) => double.IsFinite(share)
        ? $"""<td class="number">{share:P1}</td><td>{Bar(share, "fill1")}</td>"""
        : """<td class="number">–</td><td></td>""";

    /// <summary>A bar as long as a share of the whole. The number beside it says the same, so screen readers pass it by.</summary>
    public static string Bar(double share, string style) => $"""
        <svg aria-hidden="true" viewBox="0 0 {Number(BarWidth)} {Number(BarHeight)}" width="{Number(BarWidth)}">
        {Rectangle(0, 0, BarWidth, BarHeight, style, 0.15)}
        {Rectangle(0, 0, BarWidth * share, BarHeight, style)}
        </svg>
        """;
}
