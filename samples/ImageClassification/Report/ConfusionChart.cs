namespace ImageClassification.Report;

/// <summary>A confusion matrix as a picture: each row is a true class, each column a predicted one.</summary>
internal static class ConfusionChart
{
    private const double Side = 620, LargestCell = 46, SmallestCellWithText = 30, LetterWidth = 8.8, LineHeight = 36;

    // Large, so that it can be read where ten classes shrink to the width of a telephone.
    private const double TextSize = 16;

    // Strong enough to be seen, weak enough for the number on it to be read in light and dark.
    private const double Weakest = 0.2, Strongest = 0.55;

    public static string Of(IReadOnlyList<IReadOnlyList<double>> counts, IReadOnlyList<string> classes)
    {
        var names = classes.Select(name => name.Length > 16 ? $"{name[..15]}…" : name).ToArray();
        var cell = Math.Min(LargestCell, Side / classes.Count);
        var left = LineHeight + names.Max(name => name.Length) * LetterWidth;
        var isSlanted = names.Max(name => name.Length) * LetterWidth > cell;
        var top = LineHeight + (isSlanted ? left - LineHeight : 12);
        var showsText = cell >= 16;
        var (middle, halfway) = (left + cell * classes.Count / 2, top + cell * classes.Count / 2);
        return Svg.Picture(left + cell * classes.Count + (isSlanted ? 40 : 1), top + cell * classes.Count + 1, "Confusion matrix", TextSize,
        [
            Svg.Text(middle, 15, "predicted", "middle"),
            $"""<g transform="rotate(-90 15 {Svg.Number(halfway)})">{Svg.Text(15, halfway, "true", "middle")}</g>""",
            .. showsText ? names.Select((name, i) => Svg.Text(left - 8, top + (i + 0.5) * cell + 5, name, "end")) : [],
            .. showsText ? names.Select((name, i) => ColumnName(name, left + (i + 0.5) * cell, top - 8, isSlanted)) : [],
            .. counts.SelectMany((row, actual) => row.SelectMany((count, predicted) => Cell(
                left + predicted * cell, top + actual * cell, cell, count, row.Sum(), actual == predicted,
                $"{count} of {row.Sum()}: {classes[actual]} predicted as {classes[predicted]}"))),
        ]);
    }

    private static string ColumnName(string name, double x, double y, bool isSlanted) => isSlanted
        ? $"""<g transform="rotate(-60 {Svg.Number(x)} {Svg.Number(y)})">{Svg.Text(x, y, name)}</g>"""
        : Svg.Text(x, y, name, "middle");

    private static IEnumerable<string> Cell(double x, double y, double side, double count, double ofRow, bool isRight, string hint)
    {
        // The root makes few mistakes among many visible.
        var opacity = count == 0 ? 0 : Weakest + (Strongest - Weakest) * Math.Sqrt(count / ofRow);
        yield return Svg.Rectangle(x + 0.5, y + 0.5, side - 1, side - 1, "empty");
        yield return Svg.Rectangle(x + 0.5, y + 0.5, side - 1, side - 1, isRight ? "fill1" : "fill2", opacity, hint);
        if (count > 0 && side >= SmallestCellWithText)
            yield return Svg.Text(x + side / 2, y + side / 2 + 5, $"{count}", "middle", "value");
    }
}
