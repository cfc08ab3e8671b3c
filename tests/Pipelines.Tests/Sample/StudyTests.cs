using System.Globalization;
using System.Xml.Linq;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

public sealed class StudyTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("study-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Gradients_VanishWithoutBatchNormAndNotWithIt()
    {
        var run = SampleProcess.Run("study", "gradients", "--out", folder);

        run.Errors.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.LastLine.Should().EndWith($"report={Path.Combine(folder, "report.html")}");
        var table = File.ReadAllText(Path.Combine(folder, "tables.md"));
        run.Output.ReplaceLineEndings("\n").Should().Contain(table[table.IndexOf('|')..]);
        Decades(table, "sigmoid, 0.1", "yes").Should().BeInRange(-0.5, 0.5);
        Decades(table, "sigmoid, 0.1", "no").Should().BeGreaterThan(3);
    }

    [Fact]
    public void Pictures_AreWellFormedAndPartOfTheReport()
    {
        SampleProcess.Run("study", "gradients", "--out", folder);

        var picture = File.ReadAllText(Path.Combine(folder, "gradient-norms.svg"));
        File.ReadAllText(Path.Combine(folder, "report.html")).Should().Contain(picture).And.NotContain("src=").And.NotContain("<script");
        var lines = XDocument.Parse(picture).Descendants().Where(element => element.Name.LocalName == "polyline");
        lines.Should().HaveCount(6, "three networks, with batch norm and without");
    }

    [Fact]
    public void Report_SaysHowItWasMeasuredUnderHeadersThatScreenReadersFind()
    {
        SampleProcess.Run("study", "gradients", "--out", folder);

        var report = ReportPage.Read(Path.Combine(folder, "report.html"));
        report.FactsOf("How it was measured").Should().Contain("seeds", "1 to 5").And.ContainKeys("date", "duration", "versions", "machine")
            .And.Contain("pictures", "1,437 to train on, 360 to test on");
        report.Tables.Should().HaveCount(2).And.OnlyContain(table => ReportPage.HasHeaders(table));
    }

    [BrowserFact]
    public void Report_AtTheWidthOfATelephone_FitsItWithTextOfElevenPixels()
    {
        SampleProcess.Run("study", "gradients", "--out", folder);

        Browser.MeasureCharts(Path.Combine(folder, "report.html"), width: 390).Should()
            .Be(new ChartMeasures(Fits: true, Rows: 1, CutOff: 0, IsLegible: true));
    }

    [Fact]
    public void UnknownExperiment_NamesWhatThereIs() =>
        ShouldFail(SampleProcess.Run("study", "everything"), "everything", "convergence", "small-batches");

    [Fact]
    public void UnwritableFolder_IsNamedBeforeTheTrainings()
    {
        var file = Path.Combine(folder, "a-file");
        File.WriteAllText(file, "");

        ShouldFail(SampleProcess.Run("study", "gradients", "--out", file), file, "--out");
    }

    private static void ShouldFail(SampleProcess run, params string[] words)
    {
        run.ExitCode.Should().Be(2);
        run.Errors.Should().ContainAll(words);
        run.Output.Should().BeEmpty();
    }

    // The last column: "4.47 ± 0.08".
    private static double Decades(string table, string network, string isNormalized)
    {
        var row = table.Split('\n').Single(line => line.StartsWith($"| {network} | {isNormalized} |", StringComparison.Ordinal));
        return double.Parse(row.Split('|')[^2].Split('±')[0], CultureInfo.InvariantCulture);
    }
}
