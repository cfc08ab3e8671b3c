using System.Globalization;

namespace ImageClassification.Charts;

/// <summary>An axis from the first to the last of its ticks.</summary>
/// <param name="Title">What is measured, with its unit.</param>
/// <param name="Ticks">The values that are written at it, rising; at least two. Positive on a logarithmic axis.</param>
/// <param name="IsLogarithmic">Equal distances for equal ratios.</param>
internal sealed record Axis(string Title, IReadOnlyList<double> Ticks, bool IsLogarithmic = false)
{
    /// <summary>What stands at the ticks, if they count something that is no number; default: their values.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>An axis of names, at 0, 1 and so on.</summary>
    public static Axis OfNames(string title, IReadOnlyList<string> names) =>
        new(title, [.. Enumerable.Range(0, Math.Max(2, names.Count)).Select(tick => (double)tick)]) { Names = names };

    /// <summary>An axis of about five ticks at round numbers that holds all values.</summary>
    public static Axis Around(string title, IReadOnlyCollection<double> values)
    {
        const double parts = 5;
        var (low, high) = (values.Min(), values.Max());
        if (low == high)
            (low, high) = (low - 0.5, high + 0.5);
        var power = Math.Pow(10, Math.Floor(Math.Log10((high - low) / parts)));
        var step = power * (((high - low) / parts / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        var (first, last) = ((int)Math.Floor(low / step), (int)Math.Ceiling(high / step));
        return new Axis(title, [.. Enumerable.Range(first, last - first + 1).Select(tick => tick * step)]);
    }

    /// <summary>
    /// A logarithmic axis that holds all values, which are positive: at powers of ten, and between them too where those are few.
    /// </summary>
    public static Axis AroundLogarithmic(string title, IReadOnlyCollection<double> values)
    {
        const int mostPowers = 9;
        var (low, high) = (values.Min(), values.Max());
        var decades = Math.Log10(high / low);
        double[] digits = decades < 2 ? [1, 2, 5] : [1];
        var ticks = new List<double>();
        for (var power = (int)Math.Floor(Math.Log10(low)); ; power += 1 + (int)(decades / mostPowers))
            foreach (var tick in digits.Select(digit => digit * Math.Pow(10, power)))
            {
                if (tick <= low)
                    ticks.Clear();
                ticks.Add(tick);
                if (tick > high)
                    return new Axis(title, ticks, IsLogarithmic: true);
            }
    }

    /// <summary>Where a value lies: 0 at the first tick, 1 at the last; what is outside lies on the edge.</summary>
    public double Position(double value)
    {
        var (first, last, at) = IsLogarithmic
            ? (Math.Log(Ticks[0]), Math.Log(Ticks[^1]), Math.Log(value))
            : (Ticks[0], Ticks[^1], value);
        return Math.Clamp((at - first) / (last - first), 0, 1);
    }

    /// <summary>The name of a tick, or its value, with powers of ten that are hard to read otherwise as "10⁻⁵".</summary>
    public string Label(double tick)
    {
        if (Names is not null)
            return Names.ElementAtOrDefault((int)tick) ?? "";
        var exponent = Math.Log10(Math.Abs(tick));
        return IsLogarithmic && Math.Abs(exponent) >= 3 && exponent == Math.Round(exponent)
            ? $"10{string.Concat($"{exponent:F0}".Select(Superscript))}"
            : tick.ToString("G4", CultureInfo.InvariantCulture);
    }

    private static char Superscript(char digit) => digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit - '0'];
}
