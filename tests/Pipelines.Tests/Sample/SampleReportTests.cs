using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

public sealed class SampleReportTests(TrainedSample trained) : IClassFixture<TrainedSample>
{
    private const string Strange = "<b>&\"'ü";

    private string Report => File.ReadAllText(trained.ReportPath);

    [Fact]
    public void Report_Training_HasEveryPart()
    {
        Report.Should().ContainAll(
            ">How it was trained<", ">Learning curves<", ">Confusion matrix<", ">precision<", ">recall<", ">Worst mistakes<", ">Layers<",
            ">Batch normalization<", "<dt>parameters<",
            "batchnorm1", "Gamma of batchnorm1", "Running mean of batchnorm1", "Running variance of batchnorm1");
        var micro = Regex.Match(trained.Training.LastLine, @"micro-accuracy=(\S+)").Groups[1].Value;
        Report.Should().Contain($"<dt>micro-accuracy</dt><dd>{double.Parse(micro):P1} <small>");
    }

    [Fact]
    public void Report_Always_ForbidsItselfToLoadAnything() =>
        Report.Should().NotContain("<script").And.NotContain("<link").And.Contain("default-src 'none'");

    [Fact]
    public void Report_Charts_AreWellFormedAndHaveTitles()
    {
        var charts = Regex.Matches(Report, @"<svg xmlns.*?</svg>", RegexOptions.Singleline);

        charts.Count.Should().BeGreaterThan(3);
        charts.Select(chart => XElement.Parse(chart.Value)).Should()
            .OnlyContain(svg => svg.Attribute("role")!.Value == "img" && TitleOf(svg).Length > 0);
    }

    [Fact]
    public void Report_Mistakes_AreShownAsTheyWereReadWithNamesEscaped()
    {
        // A one among the zeros: whoever tells the digits apart takes it for a one.
        var pictures = trained.MakeClasses("mixed up", "0", "1");
        var mistake = Path.Combine(pictures, "0", $"{(OperatingSystem.IsWindows() ? "&" : Strange)}.png");
        File.Copy(Directory.GetFiles(Path.Combine(pictures, "1")).Order().First(), mistake);
        var report = trained.InFolder("mixed up.html");

        SampleProcess.Run("evaluate", trained.ModelPath, "--images", pictures, "--report", report).ExitCode.Should().Be(0);

        var html = File.ReadAllText(report);
        html.Should().Contain($"src=\"data:image/png;base64,{Convert.ToBase64String(File.ReadAllBytes(mistake))}\"");
        html.Should().Contain("<strong>0</strong>, taken for <strong>1</strong>").And.NotContain(Strange);
        Regex.Matches(html, "(?:src|href)=\"([^\"]*)").Select(match => match.Groups[1].Value).Should()
            .OnlyContain(url => url.StartsWith("data:", StringComparison.Ordinal));
    }

    [BrowserFact]
    public void Report_InABrowser_HasNoErrors()
    {
        var (document, console) = Browser.Open(trained.ReportPath);

        console.Should().BeEmpty();
        document.Should().Contain("Batch normalization");
    }

    [BrowserFact]
    public void Report_InABrowser_ShowsEveryPictureLoadsNothingAndFitsTheWindow()
    {
        const string look = """
            <script>
            onload = () => document.body.innerHTML = JSON.stringify([
              document.images.length > 0, [...document.images].every(image => image.naturalWidth > 0),
              performance.getEntriesByType("resource").filter(resource => !resource.name.startsWith("data:")).length,
              document.documentElement.scrollWidth <= innerWidth,
              [...document.querySelectorAll("svg")].every(svg => svg.getBBox().width > 0)]);
            </script>
            """;
        var pictures = trained.MakeClasses("for the browser", "0", "1");
        File.Copy(Directory.GetFiles(Path.Combine(pictures, "1")).Order().First(), Path.Combine(pictures, "0", "a one.png"));
        var report = trained.InFolder("for the browser.html");
        SampleProcess.Run("evaluate", trained.ModelPath, "--images", pictures, "--report", report);

        // What forbids scripts goes, so that this one can look around.
        File.WriteAllText(report, Regex.Replace(File.ReadAllText(report), "<meta http-equiv.*", "").Replace("</body>", $"{look}</body>"));

        Browser.Open(report).Document.Should().Contain("[true,true,0,true,true]");
    }

    [BrowserFact]
    public void Report_AtTheWidthOfATelephone_FitsItWithTextOfElevenPixelsAndAChartALine() =>
        Browser.MeasureCharts(trained.ReportPath, width: 390).Should()
            .Be(new ChartMeasures(Fits: true, Rows: 3, CutOff: 0, IsLegible: true));

    [BrowserFact]
    public void Report_AtTheWidthOfAScreen_HasTheCurvesSideBySide() =>
        Browser.MeasureCharts(trained.ReportPath, width: 1280).Should()
            .Be(new ChartMeasures(Fits: true, Rows: 1, CutOff: 0, IsLegible: true));

    private static string TitleOf(XElement svg) =>
        (string?)svg.Attribute("aria-label") ?? (string?)svg.Element(svg.Name.Namespace + "title") ?? "";
}
