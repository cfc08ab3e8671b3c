using System.Globalization;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>Where the figures in the tables of the pages come from. tests/RerunTables runs the commands.</summary>
public sealed partial class TableTests
{
    private static readonly (string Page, MarkdownTable Table)[] Figures =
    [
        .. from page in Repository.Pages
           from table in MarkdownTable.In(Repository.Read(page))
           where table.HasFigures
           select (page, table),
    ];

    public static TheoryData<string> Digests =>
        [.. Figures.Where(shown => shown.Table.Source?.Page is not null).Select(shown => PlaceOf(shown.Page, shown.Table))];

    [Fact]
    public void Source_OfEveryTableWithFigures_IsNamed() =>
        Figures.Where(shown => shown.Table.Source is null).Select(shown => PlaceOf(shown.Page, shown.Table)).Should().BeEmpty(
            "a table of figures stands behind \"printed by `command`\", \"figures of [page](path)\" or \"no program prints\"");

    [Fact]
    public void Command_OfEveryTable_RunsAProgramOfTheRepository() =>
        Figures.Select(shown => shown.Table.Source?.Command).OfType<string>().Distinct()
            .Where(command => !ProgramPath().Matches(command).Any(path => Path.Exists(Path.Combine(Repository.Root, path.Value))))
            .Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Digests))]
    public void Figures_OfADigest_StandInThePageThatItNames(string place)
    {
        var (page, table) = Figures.Single(shown => PlaceOf(shown.Page, shown.Table) == place);
        var source = Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, table.Source!.Page!);
        var originals = MarkdownTable.In(Repository.Read(source)).SelectMany(original => original.Rows).SelectMany(Numbers).ToArray();

        table.Rows.SelectMany(row => Numbers(row[1..]).Where(shown => !Candidates(row).Any(exact => IsRounded(exact, shown))))
            .Should().BeEmpty();

        // Besides, a row may divide its figures by each other.
        IEnumerable<double> Candidates(string[] row) =>
            originals.Select(ValueOf)
                .Concat(from above in Numbers(row[1..]) from below in Numbers(row[1..]) select ValueOf(above) / ValueOf(below));
    }

    [Theory]
    [InlineData("Printed by `a b`.\n\n| x | y |\n|---|---|\n| n | 1.5 |\n", "a b")]
    [InlineData("Printed in one run by\n\n```\na b\n```\n\n## Section\n\n| x | y |\n|---|---|\n| n | 1.5 |\n", "a b")]
    [InlineData("## One\n\nPrinted by `a b`.\n\n## Two\n\n| x | y |\n|---|---|\n| n | 1.5 |\n", null)]
    [InlineData("## One\n\nPrinted by `a`, and below printed by `b`:\n\n| x | y |\n|---|---|\n| n | 1.5 |\n", "b")]
    [InlineData("| x | y |\n|---|---|\n| n | 1.5 |\n\nPrinted by `a b`.\n", null)]
    public void Source_OfATable_IsTheLastInFrontOfItInItsSections(string text, string? command) =>
        MarkdownTable.In(text).Single().Source?.Command.Should().Be(command);

    [Theory]
    [InlineData("| batch norm | 0.952 ± 0.02 |", true)]
    [InlineData("| training | 2.7 / 3.2 |", true)]
    [InlineData("| one row | 17.3 us |", true)]
    [InlineData("| 0.002 | **.954** |", true)]
    [InlineData("| `Epsilon` | 1e-3 |", false)]
    [InlineData("| below 1,000 | 0.002, 2, 16, 500 |", false)]
    [InlineData("| does not vary | 0 |", false)]
    [InlineData("| ResNet | 20 layers |", false)]
    public void HasFigures_ByTheCells_TellsMeasurementsFromStatements(string row, bool expected) =>
        MarkdownTable.In($"| what | value |\n|---|---|\n{row}\n").Single().HasFigures.Should().Be(expected);

    private static string PlaceOf(string page, MarkdownTable table) => $"{page}:{table.Line}";

    // A digest may round: to as many digits behind the point as it shows, or to as many digits as are not 0.
    private static bool IsRounded(double exact, string shown)
    {
        var point = shown.IndexOf('.', StringComparison.Ordinal);
        var unit = point >= 0 ? Math.Pow(10, point + 1 - shown.Length) : Math.Pow(10, shown.Length - shown.TrimEnd('0', ',').Length);
        return Math.Abs(exact - ValueOf(shown)) <= unit * (0.5 + 1e-9);
    }

    private static double ValueOf(string number) => double.Parse(number, NumberStyles.Number, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Numbers(string[] cells) =>
        cells.SelectMany(cell => Number().Matches(cell)).Select(number => number.Value);

    [GeneratedRegex(@"\d[\d,]*(\.\d+)?|\.\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"\b(benchmarks|samples|tests)(/[\w.]+)*")]
    private static partial Regex ProgramPath();
}
