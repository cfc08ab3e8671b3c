using System.Globalization;
using ImageClassification.Charts;
using MLNet.BatchNorm;
using static ImageClassification.Report.Svg;

namespace ImageClassification.Report;

/// <summary>One file that shows what a search tried and found: no script, nothing to load.</summary>
internal static class SearchReport
{
    // From here on, values of a range lie at one end of a linear axis.
    private const double MostOfLinearAxis = 20;

    /// <param name="result">What was found.</param>
    /// <param name="reports">The trials, or parts of them, in the order in which they were done.</param>
    public static string Of(SearchResult result, IReadOnlyList<TrialReport> reports) => HtmlPage.Of(
        $"Search for settings: {result.Best.MetricName} {result.Best.Metric:F4}",
        $"""
        <h1>Search for settings</h1>
        <p class="muted">{result.Trials.Count} trials, judged by rows that none of them was trained on. The best of many is a little too
        good: what its model is worth is said by other rows.</p>
        """,
        $"""
        {HtmlReport.Section("Best so far", "Each time a trial, or a part of one, was better than all before it.", $"""
        <div class="charts">
        {BestSoFar(result, reports)}
        </div>
        """)}
        {HtmlReport.Section("Values", "Each dot is a trial. Those that were stopped had fewer epochs; failed ones are left out.", $"""
        <div class="charts">
        {string.Join('\n', result.Trials.SelectMany(trial => trial.Values.Keys).Distinct().Select(name => Scatter(result, name)))}
        </div>
        """)}
        {HtmlReport.Section("Trials", "The best ones first, of those that were trained longest.", Table(result))}
        {HtmlReport.Section("Versions", "Of what it was made with.", FactTable.Of("Versions", FactTable.Versions()))}
        """,
        hasPictures: false);

    private static string BestSoFar(SearchResult result, IReadOnlyList<TrialReport> reports)
    {
        var (spent, seconds) = (new Dictionary<int, TimeSpan>(), 0.0);
        var points = new List<Point>();
        foreach (var report in reports)
        {
            seconds += (report.Elapsed - spent.GetValueOrDefault(report.Number)).TotalSeconds;
            spent[report.Number] = report.Elapsed;
            if (report.Outcome == TrialOutcome.Failed)
                continue;
            var best = points.Count == 0 || IsBetter(report.Metric, points[^1].Y) ? report.Metric : points[^1].Y;
            points.Add(new Point(Math.Round(seconds, 2), best));
        }

        return new LineChart(
            "Best so far",
            Axis.Around("seconds of training", [0, .. points.Select(point => point.X)]),
            Axis.Around(result.Best.MetricName, [.. points.Select(point => point.Y)]),
            [new Series("best so far", 0, points)]).ToSvg();

        bool IsBetter(double value, double than) => result.IsHigherBetter ? value > than : value < than;
    }

    private static string Scatter(SearchResult result, string name)
    {
        TrialReport[] trials =
            [.. result.Trials.Where(trial => trial.Outcome != TrialOutcome.Failed && trial.Values.ContainsKey(name))];
        if (trials is [])
            return "";
        var (axis, place) = Places(name, [.. trials.Select(trial => trial.Values[name])]);
        Series[] all =
        [
            Dots("stopped", 5, trial => trial.Outcome == TrialOutcome.Stopped),
            Dots("trained to the end", 0, trial => trial.Outcome == TrialOutcome.Completed),
            Dots("the best", 1, trial => trial.Number == result.Best.Number),
        ];
        return new LineChart(
            name, axis, Axis.Around(result.Best.MetricName, [.. trials.Select(trial => trial.Metric)]),
            [.. all.Where(series => series.Points.Count > 0)]).ToSvg();

        Series Dots(string series, int color, Func<TrialReport, bool> belong) => new(
            series, color, [.. trials.Where(belong).Select(trial => new Point(place(trial.Values[name]), trial.Metric))])
        {
            HasLine = false,
            HasDots = true,
        };
    }

    /// <summary>An axis for values, and where each lies on it: numbers by their size, others side by side.</summary>
    private static (Axis Axis, Func<object, double> Place) Places(string name, IReadOnlyList<object> values)
    {
        if (values.All(value => value is int or float))
        {
            double[] numbers = [.. values.Select(Number)];
            var isWide = numbers.Min() > 0 && numbers.Max() / numbers.Min() > MostOfLinearAxis;
            return (isWide ? Axis.AroundLogarithmic(name, numbers) : Axis.Around(name, numbers), Number);
        }

        string[] names = [.. values.Select(Text).Distinct().Order(StringComparer.Ordinal)];
        return (Axis.OfNames(name, names), value => names.IndexOf(Text(value)));

        static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
    }

    private static string Table(SearchResult result)
    {
        string[] names = [.. result.Trials.SelectMany(trial => trial.Values.Keys).Distinct()];
        string[] headers = ["trial", result.Best.MetricName, "epochs", "seconds", "outcome", .. names];
        var trials = result.Trials
            .OrderBy(trial => trial.Outcome == TrialOutcome.Failed)
            .ThenByDescending(trial => trial.Epochs)
            .ThenBy(trial => result.IsHigherBetter ? -trial.Metric : trial.Metric)
            .ThenBy(trial => trial.Number);
        return HtmlReport.Scroll("Trials", $"""
            <table>
            <thead><tr>{string.Concat(headers.Select(header => $"""<th scope="col">{Escape(header)}</th>"""))}</tr></thead>
            <tbody>
            {string.Join('\n', trials.Select(trial => Row(trial, names)))}
            </tbody>
            </table>
            """);
    }

    private static string Row(TrialReport trial, IEnumerable<string> names)
    {
        string[] cells =
        [
            double.IsNaN(trial.Metric) ? "" : $"{trial.Metric:F4}", $"{trial.Epochs}", $"{trial.Elapsed.TotalSeconds:F1}",
            trial.Failure ?? $"{trial.Outcome}", .. names.Select(name => trial.Values.TryGetValue(name, out var value) ? Text(value) : ""),
        ];
        return $"""
            <tr><th scope="row">{trial.Number}</th>{string.Concat(cells.Select(cell => $"<td>{Escape(cell)}</td>"))}</tr>
            """;
    }

    private static string Text(object value) => value is float number
        ? number.ToString("G4", CultureInfo.InvariantCulture)
        : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
