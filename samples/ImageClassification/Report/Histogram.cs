using System.Globalization;

namespace ImageClassification.Report;

/// <summary>How often values fall between others: small, to stand in a table.</summary>
internal static class Histogram
{
    private const double Width = 210, Height = 76, Baseline = 58;
    private const double TextSize = 13;
    private const int Bins = 21;

    public static string Of(string title, IReadOnlyList<float> values)
    {
        var (low, high) = (values.Min(), values.Max());
        var counts = new int[Bins];
        foreach (var value in values)
            counts[high > low ? Math.Min(Bins - 1, (int)((value - low) / (high - low) * Bins)) : Bins / 2]++;
        var bin = Width / Bins;
        return Svg.Picture(Width, Height, $"{title}: {values.Count} values from {Short(low)} to {Short(high)}", TextSize,
        [
            .. counts.Select((count, i) => (Bar: Baseline * count / counts.Max(), i)).Where(bar => bar.Bar > 0)
                .Select(bar => Svg.Rectangle(bar.i * bin + 0.5, Baseline - bar.Bar, bin - 1, bar.Bar, "fill1")),
            Svg.Line(0, Baseline, Width, Baseline, "axis"),
            .. high > low
                ? [Svg.Text(0, Height - 4, Short(low)), Svg.Text(Width, Height - 4, Short(high), "end")]
                : new[] { Svg.Text(Width / 2, Height - 4, Short(low), "middle") },
        ]);
    }

    private static string Short(float value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
