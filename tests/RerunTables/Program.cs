// Runs the programs that print the tables of README, docs, samples and benchmarks, and shows what differs from the tables in the pages.
//
//   dotnet run -c Release --project tests/RerunTables -- [part of a page or command ...] [--given name=value ...] [--factor 1.5] [--list]
//
// --given says what stands for <name> in commands; those with a <name> that is not given are left out. Figures of time and memory may
// differ by the factor. --list shows the commands with their tables and runs nothing.
using System.CommandLine;
using System.Diagnostics;
using MLNet.BatchNorm.RerunTables;

Argument<string[]> parts = new("part") { Description = "Only tables whose page or command contains one of these." };
Option<string[]> given = new("--given")
{
    Description = "name=value: what stands for <name> in commands.",
    AllowMultipleArgumentsPerToken = true,
};
given.Validators.Add(result =>
{
    foreach (var token in result.Tokens.Where(token => !token.Value.Contains('=', StringComparison.Ordinal)))
        result.AddError($"'{token.Value}' is not name=value.");
});
Option<double> factor = new("--factor") { Description = "By which time and memory may differ.", DefaultValueFactory = _ => 1.5 };
Option<bool> list = new("--list") { Description = "Show the commands, and run nothing." };

RootCommand root = new("Reruns the tables of the pages, and shows what differs.") { parts, given, factor, list };
root.SetAction(parsed =>
{
    var values = (parsed.GetValue(given) ?? []).Select(pair => pair.Split('=', 2)).ToDictionary(pair => $"<{pair[0]}>", pair => pair[1]);
    var chosen =
        from page in Repository.Pages
        from table in MarkdownTable.In(Repository.Read(page))
        where table.HasFigures
        from command in new[] { table.Source?.Command }.OfType<string>()
        where parsed.GetValue(parts) is not { Length: > 0 } names || names.Any($"{page} {command}".Contains)
        group (page, table) by command;
    var comparison = new TableComparison(parsed.GetValue(factor));
    var differences = 0;
    foreach (var tables in chosen)
    {
        Console.WriteLine($"\n{tables.Key}");
        var command = values.Aggregate(tables.Key, (text, value) => text.Replace(value.Key, value.Value, StringComparison.Ordinal));
        var runs = !parsed.GetValue(list) && !command.Contains('<', StringComparison.Ordinal);
        MarkdownTable[] printed = runs ? [.. MarkdownTable.In(OutputOf(command))] : [];
        foreach (var (page, table) in tables)
        {
            string[] lines = runs ? [.. comparison.Differences(table, printed)] : [];
            differences += lines.Length;
            Console.WriteLine($"  {page}:{table.Line}: {(runs ? $"{table.Rows.Count} rows, {lines.Length} differ" : "not run")}");
            foreach (var line in lines)
                Console.WriteLine($"    {line}");
        }
    }

    return differences == 0 ? 0 : 1;
});
return root.Parse(args).Invoke();

static string OutputOf(string command)
{
    var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    using var process = Process.Start(
        new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true })!;
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    if (process.ExitCode != 0)
        Console.WriteLine($"  ended with exit code {process.ExitCode}");
    return output.ReplaceLineEndings("\n");
}
