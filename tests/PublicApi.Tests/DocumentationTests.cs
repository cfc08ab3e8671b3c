using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>
/// The C# of README and docs compiles against what a user can reach, runs, and prints what the page shows; names and links are those of
/// something that exists.
/// </summary>
public sealed partial class DocumentationTests
{
    // Training amplifies how a processor rounds, so the figures of another one differ in more than the last digits.
    private const double LargestRelativeDifference = 0.1;

    private static readonly string[] ForUsers = ["README.md", "docs/components/", "docs/guide/", "docs/layers", "docs/tutorials/"];

    private static readonly Lazy<HashSet<string>> PublicNames = new(() =>
    [
        .. new[] { "MLNet.BatchNorm*.dll", "Microsoft.ML*.dll", "SkiaSharp.dll" }
            .SelectMany(pattern => Directory.GetFiles(AppContext.BaseDirectory, pattern))
            .Select(Assembly.LoadFrom)
            .Except([typeof(DocumentationTests).Assembly])
            .Append(typeof(Exception).Assembly)
            .SelectMany(assembly => assembly.GetExportedTypes())
            .SelectMany(type => (string[])
                [.. type.GetMembers().Select(member => member.Name), type.Name.Split('`')[0], .. (type.Namespace ?? "").Split('.')]),
    ]);

    public static TheoryData<string> AllPages => [.. Repository.Pages];

    public static TheoryData<string> PagesWithCode =>
        [.. Repository.Pages.Where(page => Repository.Read(page).Contains("```csharp", StringComparison.Ordinal))];

    public static TheoryData<string> PagesWithPrograms =>
        [.. Repository.Pages.Where(page => Page.Programs(page).Any(program => !Compiler.IsServer(program)))];

    public static TheoryData<string> PagesForUsers =>
        [.. Repository.Pages.Where(page => ForUsers.Any(start => page.StartsWith(start, StringComparison.Ordinal)))];

    [Theory]
    [MemberData(nameof(PagesWithCode))]
    public void Code_OfAPage_CompilesWithoutWarnings(string page) =>
        Page.Programs(page).SelectMany(Compiler.Diagnose).Should().BeEmpty();

    [Theory]
    [MemberData(nameof(PagesWithPrograms))]
    public void Code_OfAPage_RunsAndPrintsWhatThePageShows(string page)
    {
        foreach (var program in Page.Programs(page).Where(program => !Compiler.IsServer(program)))
        {
            var printed = Execution.Run(program);
            if (program.Output is { } shown)
                ShouldBeAlike(printed, shown, program.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(PagesForUsers))]
    public void Names_InThePageBetweenBackticks_ArePublic(string page)
    {
        var names =
            from Match span in InlineCode().Matches(FencedCode().Replace(Repository.Read(page), ""))
            from Match name in NameInUse().Matches(StringOrPackage().Replace(span.Value, ""))
            select name.Value;

        names.Distinct().Except(PublicNames.Value).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(AllPages))]
    public void Links_OfAPage_LeadToFiles(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        var paths = RelativeLink().Matches(Repository.Read(page)).Select(link => Path.Combine(folder, link.Groups["path"].Value));

        paths.Where(path => !File.Exists(path) && !Directory.Exists(path)).Should().BeEmpty();
    }

    private static void ShouldBeAlike(string printed, string shown, string page)
    {
        Number().Replace(printed, "#").Should().Be(Number().Replace(shown, "#"), page);
        var pairs = Number().Matches(printed).Zip(Number().Matches(shown));
        foreach (var (actual, expected) in pairs.Where(pair => !pair.First.Groups["speed"].Success))
        {
            var value = ValueOf(expected);
            ValueOf(actual).Should().BeApproximately(
                value, LargestRelativeDifference * Math.Abs(value), $"{page} shows:\n{shown}\nand this is:\n{printed}");
        }

        static double ValueOf(Match number) =>
            double.Parse(number.Groups["value"].Value, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\]\((?!https?:)(?<path>[^)#\s]+)")]
    private static partial Regex RelativeLink();

    // A number, with the word behind it that says that it is a matter of the machine.
    [GeneratedRegex(@"(?<value>-?\d[\d,]*(\.\d+)?(E-?\d+)?)(?<speed> rows/s)?")]
    private static partial Regex Number();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FencedCode();

    [GeneratedRegex("`[^`]+`")]
    private static partial Regex InlineCode();

    [GeneratedRegex("\"[^\"]*\"|`Microsoft\\.[^`]*`")]
    private static partial Regex StringOrPackage();

    // Capitalized, and called, set, made or a member of something.
    [GeneratedRegex(@"(?<=\.|\bnew )[A-Z]\w*|\b[A-Z]\w*(?=\(|\[| [={] )")]
    private static partial Regex NameInUse();
}
