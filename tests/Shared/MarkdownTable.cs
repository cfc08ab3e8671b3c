using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Tests;

/// <summary>A table of a Markdown page or of what a program prints.</summary>
/// <param name="Line">Of the header, counted from 1.</param>
/// <param name="Header">Names of the columns.</param>
/// <param name="Rows">Cells of each row.</param>
/// <param name="Source">Where its figures come from, as the page says; null where it says nothing.</param>
internal sealed partial record MarkdownTable(int Line, string[] Header, IReadOnlyList<string[]> Rows, TableSource? Source)
{
    /// <summary>
    /// Whether it has measured figures: a cell that is nothing but numbers and their unit, one of them of two digits or more. Rows that
    /// begin with a name between backticks state what an option is.
    /// </summary>
    public bool HasFigures => Rows.Any(row => !row[0].StartsWith('`') && row.Skip(1).Any(cell => FigureCell().IsMatch(cell)));

    /// <summary>
    /// The tables of a text. The source of a table is the last one that the text names in front of it, in its section or in those around
    /// it.
    /// </summary>
    public static IEnumerable<MarkdownTable> In(string text)
    {
        var sources = TableSource.In(text).ToArray();
        foreach (Match match in Table().Matches(text))
        {
            var rows = match.Value.TrimEnd('\n').Split('\n').Select(Cells).ToArray();
            var source = sources.LastOrDefault(source => source.At < match.Index && match.Index < source.Until);
            yield return new(text.AsSpan(0, match.Index).Count('\n') + 1, rows[0], rows[2..], source);
        }
    }

    private static string[] Cells(string line) =>
        [.. CellBorder().Split(line.Trim())[1..^1].Select(cell => cell.Trim())];

    [GeneratedRegex(@"^[ ]*\|.*\|[ ]*\n[ ]*\|[ :|-]+\|[ ]*\n([ ]*\|.*\|[ ]*(\n|\z))*", RegexOptions.Multiline)]
    private static partial Regex Table();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex CellBorder();

    [GeneratedRegex(
        """
        ^(?=.*\d[.,]?\d | \**\.\d)
        \** [-+]? (\d+(,\d{3})*(\.\d+)?|\.\d+) (e[-+]?\d+)?
        (\s? (±|\+-|/|to|and|%|ms|us|s|MB|[-+]?(\d+(,\d{3})*(\.\d+)?|\.\d+)(e[-+]?\d+)?))*
        \** (\s\(.*\))?$
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex FigureCell();
}
