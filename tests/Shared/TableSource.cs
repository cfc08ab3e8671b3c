using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Tests;

/// <summary>
/// A statement of a page on where the figures of tables come from: "printed by" and a command, "figures of" and a link to the page that has
/// them, or "no program prints", for measurements that cannot be repeated. It holds for the tables behind it in its section.
/// </summary>
/// <param name="At">Where it stands in the text.</param>
/// <param name="Until">Where its section ends.</param>
/// <param name="Command">What prints the tables; null for the other two kinds.</param>
/// <param name="Page">Path, from the page's own folder, of the page that has the figures; null for the other two kinds.</param>
internal sealed partial record TableSource(int At, int Until, string? Command, string? Page)
{
    public static IEnumerable<TableSource> In(string text)
    {
        Match[] headings = [.. Heading().Matches(text).Where(heading => heading.Groups["level"].Success)];
        foreach (Match match in Statement().Matches(text))
        {
            var level = headings.LastOrDefault(heading => heading.Index < match.Index)?.Groups["level"].Length ?? 0;
            var next = headings.FirstOrDefault(heading => heading.Index > match.Index && heading.Groups["level"].Length <= level);
            yield return new(match.Index, next?.Index ?? text.Length, ValueOf("command"), ValueOf("page"));

            string? ValueOf(string group) => match.Groups[group] is { Success: true } value ? value.Value : null;
        }
    }

    // Fenced blocks are matched, too, so that a comment of a script in them is not taken for a heading.
    [GeneratedRegex(@"^[ ]*```.*?^[ ]*```|^(?<level>\#+)[ ]", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Heading();

    [GeneratedRegex(
        """
        \b[Pp]rinted\b [^`.]* \bby\s+ (```\n|`) (?<command>[^`\n]+)
        | \b[Ff]igures\ of\ \[[^\]]*\]\( (?<page>[^)\#]+)
        | \b[Nn]o\ program\ prints\b
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Statement();
}
