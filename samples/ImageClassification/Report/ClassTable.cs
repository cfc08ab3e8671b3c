using Microsoft.ML.Data;
using static ImageClassification.Report.Svg;

namespace ImageClassification.Report;

/// <summary>Precision and recall of each class, and which classes are taken for which.</summary>
internal static class ClassTable
{
    private const double BarWidth = 90, BarHeight = 10;
    private const int MostPairs = 10;

    public static string Of(ConfusionMatrix confusion, IReadOnlyList<string> classes) => HtmlReport.Scroll("Precision and recall", $"""
        <table>
        <thead><tr>
        <th scope="col">class</th><th scope="col" class="number">pictures</th>
        <th scope="col" class="number">precision</th><th scope="col">95 % interval</th>
        <th scope="col" class="number">recall</th><th scope="col">95 % interval</th>
        </tr></thead>
        <tbody>
        {string.Join('\n', classes.Select((name, i) => $"""
        <tr><th scope="row">{Escape(name)}</th><td class="number">{confusion.Counts[i].Sum()}</td>
        {Share(confusion.Counts[i][i], confusion.Counts.Sum(row => row[i]))}{Share(confusion.Counts[i][i], confusion.Counts[i].Sum())}</tr>
        """))}
        </tbody>
        </table>
        """);

    public static string PairSection(ConfusionMatrix confusion, IReadOnlyList<string> classes)
    {
        var pairs = (
            from actual in Enumerable.Range(0, classes.Count)
            from predicted in Enumerable.Range(0, classes.Count)
            let count = confusion.Counts[actual][predicted]
            where actual != predicted && count > 0
            orderby count descending
            select (actual, predicted, count, Share: count / confusion.Counts[actual].Sum())).ToArray();
        return pairs is [] ? "" : HtmlReport.Section(
            "Confused pairs",
            pairs.Length > MostPairs ? $"The {MostPairs} most frequent of {pairs.Length}." : "The most frequent first.",
            HtmlReport.Scroll("Confused pairs", $"""
            <table>
            <thead><tr>
            <th scope="col">class</th><th scope="col">taken for</th><th scope="col" class="number">pictures</th>
            <th scope="col" class="number">of its class</th>
            </tr></thead>
            <tbody>
            {string.Join('\n', pairs.Take(MostPairs).Select(pair => $"""
            <tr><td>{Escape(classes[pair.actual])}</td><td>{Escape(classes[pair.predicted])}</td>
            <td class="number">{pair.count}</td><td class="number">{pair.Share:P1}</td></tr>
            """))}
            </tbody>
            </table>
            """));
    }

    /// <summary>A bar as long as a share of the whole. The number beside it says the same, so screen readers pass it by.</summary>
    public static string Bar(double share, string style) => $"""
        <svg aria-hidden="true" viewBox="0 0 {Number(BarWidth)} {Number(BarHeight)}" width="{Number(BarWidth)}">
        {Rectangle(0, 0, BarWidth, BarHeight, style, 0.15)}
        {Rectangle(0, 0, BarWidth * share, BarHeight, style)}
        </svg>
        """;

    // There is no precision of a class that was never predicted.
    private static string Share(double found, double all) => all > 0
        ? $"""<td class="number">{found / all:P1}</td><td class="interval">{WilsonInterval.Of(found, all)}</td>"""
        : """<td class="number">–</td><td>–</td>""";
}
