using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

public sealed class SampleSearchTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sample-search-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Search_Digits_SavesTheBestModelAndReportsEveryTrial()
    {
        var (model, trials) = (Path.Combine(folder, "best.zip"), Path.Combine(folder, "trials"));
        string[] arguments = ["search", "--trials", "4", "--epochs", "3", "--folder", trials, "--out", model];

        var run = SampleProcess.Run(arguments);

        run.Errors.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        Regex.Matches(run.Output, @"^  trial [0-3]: MicroAccuracy 0\.\d{4} after [123] epochs? \(filters ", RegexOptions.Multiline)
            .Should().HaveCount(7, "4, then 2, then 1");
        run.LastLine.Should().EndWith($"model={model}");
        SampleProcess.Run("predict", model, PictureOf(folder)).ExitCode.Should().Be(0);
        SearchOf(SampleProcess.Run(arguments)).Should().Be(SearchOf(run), "all trials are in the folder");

        var html = File.ReadAllText(Path.ChangeExtension(model, ".report.html"));
        html.Should().NotContain("src=").And.NotContain("<script").And.NotContain("NaN");
        var report = ReportPage.Read(Path.ChangeExtension(model, ".report.html"));
        report.Tables.Should().HaveCount(2).And.OnlyContain(table => ReportPage.HasHeaders(table));
        report.RowsOf("Trials").Select(row => row[0]).Should().BeEquivalentTo("0", "1", "2", "3");
        Dots("batch size").Should().Be(5, "one for each trial, and one for the best");
        Dots("batch norm momentum").Should().Be(5);
        Dots("optimizer").Should().Be(5);
        report.LineOf("Best so far", 0).Select(point => -point.Y).Should().BeInAscendingOrder();

        int Dots(string chart) => report.Chart(chart).Descendants().Count(element => element.Name.LocalName == "circle");
    }

    [Fact]
    public void Search_ReportThatCannotBeWritten_IsNamedBeforeTheTrials()
    {
        var run = SampleProcess.Run("search", "--out", Path.Combine(folder, "model.zip"), "--report", folder);

        run.ShouldHaveFailed(folder, "--report");
        run.Output.Should().NotContain("trial");
    }

    // Whoever runs the sample first is told before it where the digits are unpacked.
    private static string SearchOf(SampleProcess run) => run.Output[run.Output.IndexOf("Searching", StringComparison.Ordinal)..];

    private static string PictureOf(string folder)
    {
        using var archive = System.IO.Compression.ZipFile.OpenRead(Path.Combine(SampleProcess.Folder, "Data", "digits.zip"));
        var path = Path.Combine(folder, "picture.png");
        var picture = archive.Entries.First(entry => entry.Name.EndsWith(".png", StringComparison.Ordinal));
        System.IO.Compression.ZipFileExtensions.ExtractToFile(picture, path, overwrite: true);
        return path;
    }
}
