using MLNet.BatchNorm.RerunTables;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>What tests/RerunTables takes for a difference between a page and what a program prints.</summary>
public sealed class TableComparisonTests
{
    private const string Shown = "| trainer | AUC | seconds |\n|---|---|---|\n| a | 0.952 ± 0.01 | 2.0 |\n| b | 0.947 ± 0.02 | 4.0 |\n";

    [Theory]
    [InlineData("2.0", "2.9")]     // within a factor of 1.5
    [InlineData("2.0", "1.4")]
    [InlineData("0.952", "0.952")]
    public void Differences_OfEqualAccuracyAndSimilarTime_AreNone(string from, string to) =>
        Differences(Shown.Replace(from, to, StringComparison.Ordinal)).Should().BeEmpty();

    [Theory]
    [InlineData("2.0", "3.1")]
    [InlineData("2.0", "1.3")]
    [InlineData("0.952", "0.953")]
    [InlineData("± 0.01", "± 0.02")]
    public void Differences_OfOtherAccuracyOrMuchOtherTime_AreTheLine(string from, string to) =>
        Differences(Shown.Replace(from, to, StringComparison.Ordinal))
            .Should().ContainSingle().Which.Should().StartWith("shown: a | 0.952");

    [Fact]
    public void Differences_WithMoreColumnsRowsAndTablesPrinted_AreNone() => Differences(
        "| trainer | loss | AUC | seconds |\n|---|---|---|---|\n| c | 1 | 1 | 1 |\n\n"
        + "| trainer | loss | AUC | seconds |\n|---|---|---|---|\n| b | 0.1 | 0.947 ± 0.02 | 4 |\n| c | 1 | 1 | 1 |\n"
        + "| a | 0.2 | 0.952 ± 0.01 | 2 |\n").Should().BeEmpty();

    [Fact]
    public void Differences_OfARowThatIsNotPrinted_SayIt() =>
        Differences(Shown.Replace("| b |", "| c |", StringComparison.Ordinal))
            .Should().ContainSingle().Which.Should().StartWith("shown, and not printed: b");

    [Fact]
    public void Differences_WithoutSuchATable_NameTheColumns() =>
        Differences("no table").Should().ContainSingle().Which.Should().Contain("trainer, AUC, seconds");

    [Fact]
    public void Differences_OfRowsWithEqualFirstCells_CompareTheNearest()
    {
        const string rows = "| rate | norm | accuracy |\n|---|---|---|\n| 0.1 | yes | 0.92 |\n| 0.1 | no | 0.17 |\n";

        Differences(rows, rows.Replace("0.17", "0.18", StringComparison.Ordinal))
            .Should().ContainSingle().Which.Should().StartWith("shown: 0.1 | no | 0.17");
    }

    private static IEnumerable<string> Differences(string printed) => Differences(Shown, printed);

    private static IEnumerable<string> Differences(string shown, string printed) =>
        new TableComparison(factor: 1.5).Differences(MarkdownTable.In(shown).Single(), MarkdownTable.In(printed));
}
