using System.Net;
using ImageClassification.Charts;

namespace ImageClassification.Study;

/// <summary>What one experiment came to.</summary>
/// <param name="Title">The claim that it looks at.</param>
/// <param name="Text">What was done, in one paragraph.</param>
/// <param name="Table">Mean and deviation over the seeds.</param>
/// <param name="Pictures">The same, and more, to look at.</param>
internal sealed record Section(string Title, string Text, Table Table, IReadOnlyList<Picture> Pictures);

/// <summary>A chart and the name of its file, without folder and extension.</summary>
internal sealed record Picture(string Name, LineChart Chart);

/// <summary>A table; the first column names the rows.</summary>
internal sealed record Table(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    public string ToMarkdown() =>
        $"{MarkdownRow(Header)}|{string.Concat(Header.Select(_ => "---|"))}\n{string.Concat(Rows.Select(MarkdownRow))}";

    public string ToHtml() => $"""
        <table>
        <thead><tr>{string.Concat(Header.Select(name => $"""<th scope="col">{WebUtility.HtmlEncode(name)}</th>"""))}</tr></thead>
        <tbody>
        {string.Join('\n', Rows.Select(HtmlRow))}
        </tbody>
        </table>
        """;

    private static string MarkdownRow(IReadOnlyList<string> cells) => $"| {string.Join(" | ", cells)} |\n";

    private static string HtmlRow(IReadOnlyList<string> cells) =>
        $"""<tr><th scope="row">{WebUtility.HtmlEncode(cells[0])}</th>"""
        + string.Concat(cells.Skip(1).Select(cell => $"<td>{WebUtility.HtmlEncode(cell)}</td>")) + "</tr>";
}
