using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>A report as a reader finds it: its tables and charts.</summary>
internal sealed partial class ReportPage
{
    private ReportPage(string html)
    {
        Tables = [.. TableElement().Matches(html).Select(match => XElement.Parse(match.Value))];
        Charts = [.. ChartElement().Matches(html).Select(match => XElement.Parse(match.Value))];
        Sections = [.. SectionElement().Matches(html).Select(match => match.Value)];
    }

    public IReadOnlyList<XElement> Tables { get; }

    public IReadOnlyList<XElement> Charts { get; }

    private string[] Sections { get; }

    public static ReportPage Read(string path) => new(File.ReadAllText(path));

    /// <summary>Whether each cell of each row stands under a header that says something.</summary>
    public static bool HasHeaders(XElement table)
    {
        var headers = table.Element("thead")!.Descendants("th").ToArray();
        return headers.All(header => header.Value.Length > 0 && (string?)header.Attribute("scope") == "col")
            && table.Element("tbody")!.Elements("tr").All(row => row.Elements().Count() == headers.Length);
    }

    /// <summary>The rows of the first table of a section, without its head.</summary>
    public string[][] RowsOf(string section)
    {
        var table = TableElement().Match(Sections.Single(html => html.Contains($"<h2>{section}</h2>"))).Value;
        var rows = XElement.Parse(table).Element("tbody")!.Elements("tr");
        return [.. rows.Select(row => row.Elements().Select(cell => cell.Value).ToArray())];
    }

    /// <summary>A table of names and values.</summary>
    public Dictionary<string, string> FactsOf(string section) => RowsOf(section).ToDictionary(row => row[0], row => row[1]);

    public XElement Chart(string title) => Charts.Single(chart => (string?)chart.Attribute("aria-label") == title);

    /// <summary>What the mouse shows over a chart, epoch by epoch: the figure of each line.</summary>
    public Dictionary<string, double>[] HintsOf(string chart) =>
    [
        .. Chart(chart).Descendants().Where(element => element.Name.LocalName == "title")
            .Select(title => title.Value.Replace("epoch ", "epoch: ").Split('\n').Select(line => line.Split(": "))
                .ToDictionary(pair => pair[0], pair => double.Parse(pair[1], CultureInfo.InvariantCulture))),
    ];

    /// <summary>The corners of a line of a chart.</summary>
    public (double X, double Y)[] LineOf(string chart, int line)
    {
        var points = Chart(chart).Descendants().Where(element => element.Name.LocalName == "polyline").ElementAt(line).Attribute("points")!;
        return [.. points.Value.Split(' ').Select(point => point.Split(',')).Select(point => (Number(point[0]), Number(point[1])))];
    }

    public static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("<table>.*?</table>", RegexOptions.Singleline)]
    private static partial Regex TableElement();

    [GeneratedRegex("<svg xmlns='http://www.w3.org/2000/svg' class='chart'.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex ChartElement();

    [GeneratedRegex("<section>.*?</section>", RegexOptions.Singleline)]
    private static partial Regex SectionElement();
}
