using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ImageClassification.Report;

namespace ImageClassification.Study;

/// <summary>Measures on the digits what the literature says that batch normalization is good for.</summary>
internal static class StudyRun
{
    private static readonly Dictionary<string, Func<Digits, Section>> Experiments = new()
    {
        ["convergence"] = Convergence.Run,
        ["gradients"] = GradientFlow.Run,
        ["drift"] = Drift.Run,
        ["small-batches"] = SmallBatches.Run,
    };

    public static Command Command()
    {
        var experiments = new Argument<string[]>("experiment")
        {
            Description = "Which to run. Default: all",
            DefaultValueFactory = _ => [.. Experiments.Keys],
        };
        experiments.AcceptOnlyFromAmong([.. Experiments.Keys]);
        var folder = new Option<string>("--out")
        {
            Description = "Where report, tables and pictures are written",
            DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "study"),
            HelpName = "folder",
        };
        var command = new Command("study", "Measures on the digits what batch normalization is good for.") { experiments, folder };
        command.SetAction(arguments => Run(arguments.GetRequiredValue(experiments), arguments.GetRequiredValue(folder)));
        return command;
    }

    private static void Run(string[] names, string folder)
    {
        RequireWritable(folder);
        Console.WriteLine($"Trains small networks with {Seeds.Count} seeds each, as many at a time as there are processors.");
        var start = DateTimeOffset.Now;
        var watch = Stopwatch.StartNew();
        var digits = Digits.Read();
        var sections = new List<Section>();
        foreach (var name in names)
        {
            var section = Experiments[name](digits);
            sections.Add(section);
            Console.WriteLine();
            Console.WriteLine($"{section.Title}. {section.Text}");
            Console.WriteLine();
            Console.Write(section.Table.ToMarkdown());
        }

        (string, string)[] facts =
        [
            ("date", start.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)),
            ("duration", $"{watch.Elapsed.TotalSeconds:F0} s"),
            ("pictures", $"{digits.TrainingCount:N0} to train on, {digits.TestCount:N0} to test on"),
            ("seeds", $"1 to {Seeds.Count}"),
            ("threads", $"1 for each training, {Environment.ProcessorCount} trainings at a time"),
            .. FactTable.Versions(),
        ];
        StudyReport.Write(folder, "What batch normalization is good for", sections, facts);
        Console.WriteLine();
        Console.WriteLine($"seconds={watch.Elapsed.TotalSeconds:F0} report={Path.Combine(folder, "report.html")}");
    }

    // Before the trainings, not after them.
    private static void RequireWritable(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"Cannot write to the folder '{folder}': choose another with --out. The cause: {failure.Message}");
        }
    }
}
