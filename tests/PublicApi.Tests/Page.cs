using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>C# that stands somewhere in a page; <see cref="Line"/> is that of its first line, counted from 1.</summary>
internal sealed record Code(string Page, int Line, string Text);

/// <summary>A program of a page: its blocks, the files that it needs, and the output that the page shows for it.</summary>
internal sealed record PageProgram(IReadOnlyList<Code> Blocks, IReadOnlyList<string> Files, string? Output)
{
    public override string ToString() => $"{Blocks[^1].Page}:{Blocks[^1].Line}";
}

/// <summary>
/// Finds the C# of a Markdown page. Each block is a program of its own, unless HTML comments in front of it say otherwise:
/// <c>given ...</c>: code in front of the block; <c>continues</c>: the block goes on with the program before it; <c>needs file</c>: the
/// file is copied into the folder where the program runs. A block that begins with <c>$ dotnet run -c Release</c> is what the program
/// before it prints.
/// </summary>
internal static partial class Page
{
    public static IReadOnlyList<PageProgram> Programs(string page)
    {
        var text = Repository.Read(page);
        var programs = new List<PageProgram>();
        var given = new List<Code>();
        var needed = new List<string>();
        var continues = false;
        foreach (Match match in Parts().Matches(text))
        {
            switch (match.Groups["word"].Value)
            {
                case "given":
                    given.Add(CodeOf(match.Groups["rest"]));
                    break;
                case "needs":
                    needed.Add(match.Groups["rest"].Value.Trim());
                    break;
                case "continues":
                    continues = true;
                    break;
                default:
                    Add(match);
                    break;
            }
        }

        return programs;

        void Add(Match match)
        {
            if (match.Groups["output"] is { Success: true } output)
            {
                programs[^1] = programs[^1] with { Output = output.Value };
                return;
            }

            var before = continues ? programs[^1] : new PageProgram([], [], null);
            if (continues)
                programs.RemoveAt(programs.Count - 1);
            programs.Add(new([.. before.Blocks, .. given, CodeOf(match.Groups["code"])], [.. before.Files, .. needed], null));
            given.Clear();
            needed.Clear();
            continues = false;
        }

        Code CodeOf(Group group) => new(page, text.AsSpan(0, group.Index).Count('\n') + 1, group.Value);
    }

    [GeneratedRegex(
        """
        ^<!--\ (?<word>given|needs|continues)\b(?<rest>.*?)-->
        | ^```csharp\n(?<code>.*?)^```
        | ^```\n\$\ dotnet\ run\ -c\ Release\n(?<output>.*?)^```
        """,
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Parts();
}
