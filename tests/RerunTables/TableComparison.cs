using System.Globalization;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.RerunTables;

/// <summary>
/// A table of a page against what its program prints now. The page may leave out rows and columns. Figures that depend on how busy the
/// machine is may differ by a factor; all others must be equal.
/// </summary>
internal sealed partial class TableComparison(double factor)
{
    /// <summary>What differs, a line each.</summary>
    public IEnumerable<string> Differences(MarkdownTable shown, IEnumerable<MarkdownTable> printed)
    {
        MarkdownTable[] candidates = [.. printed.Where(table => shown.Header.All(table.Header.Contains))];
        if (candidates.Length == 0)
            return [$"no table with the columns {string.Join(", ", shown.Header)} was printed"];

        return candidates.Select(table => DifferencesFrom(shown, table).ToArray()).MinBy(differences => differences.Length)!;
    }

    private IEnumerable<string> DifferencesFrom(MarkdownTable shown, MarkdownTable printed)
    {
        var columns = Array.ConvertAll(shown.Header, name => Array.IndexOf(printed.Header, name));
        string[][] rows = [.. printed.Rows.Select(row => Array.ConvertAll(columns, column => row[column]))];
        foreach (var row in shown.Rows)
        {
            // Names may be repeated in the first column, as those of settings are.
            var now = rows.Where(candidate => candidate[0] == row[0])
                .MaxBy(candidate => candidate.Zip(row).Count(pair => pair.First == pair.Second));
            if (now is null)
                yield return $"shown, and not printed: {string.Join(" | ", row)}";
            else if (!shown.Header.Index().All(column => IsAlike(column.Item, row[column.Index], now[column.Index])))
                yield return $"shown: {string.Join(" | ", row)}\n    now:   {string.Join(" | ", now)}";
        }
    }

    private bool IsAlike(string column, string shown, string now)
    {
        if (shown == now)
            return true;
        if (!Measurand().IsMatch(column) && !Measurand().IsMatch(shown))
            return false;

        var (expected, actual) = (Numbers(shown), Numbers(now));
        return expected.Length == actual.Length
            && expected.Zip(actual).All(pair => pair.First <= factor * pair.Second && pair.Second <= factor * pair.First);
    }

    private static double[] Numbers(string cell) =>
        [.. Number().Matches(cell).Select(number => double.Parse(number.Value, NumberStyles.Number, CultureInfo.InvariantCulture))];

    // Time, memory, and what is divided by time.
    [GeneratedRegex(@"\b(seconds|s|ms|us|MB|ours|beside|best peer|ratio|share)\b")]
    private static partial Regex Measurand();

    [GeneratedRegex(@"\d[\d,]*(\.\d+)?")]
    private static partial Regex Number();
}
