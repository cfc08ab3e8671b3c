namespace MLNet.BatchNorm.Tables;

/// <summary>
/// The runs of all trainers on the tasks of one name as a markdown table: means and deviations (n - 1) over the runs. A ratio is the time
/// of a trainer divided by that of ours.
/// </summary>
internal static class ResultTable
{
    public static void Print(IReadOnlyList<TableTask> tasks, Func<TableTrainer, bool> includes, string folder, int? asked)
    {
        var first = tasks[0];
        var runs = asked ?? first.Runs;
        string[] memory = first.ShowsMemory ? ["peak MB"] : [];
        string[] head = ["trainer", .. first.Measures, "processor seconds", "processor ratio", "seconds", "ratio", .. memory];
        Console.WriteLine($"\n{first.Name}, {runs} runs\n");
        PrintLine(head);
        Console.WriteLine($"|{string.Concat(head.Select(_ => "---|"))}");
        foreach (var task in tasks)
        {
            Run[]? ours = null;
            foreach (var trainer in task.Trainers.Where(includes))
            {
                var measured = Runs(task, trainer, folder, runs);
                if (trainer.Name == TableTrainers.Ours)
                    ours = measured;
                PrintLine(Cells(task, trainer, measured, ours));
            }
        }
    }

    private static Run[] Runs(TableTask task, TableTrainer trainer, string folder, int runs)
    {
        var numbers = Enumerable.Range(1, runs);
        if (task.ShowsMemory)
            return [.. numbers.Select(number => Run.MeasureInNewProcess(task, trainer, folder, number))];

        Run.Measure(task, trainer, folder, number: 1);   // compiles
        return [.. numbers.Select(number => Run.Measure(task, trainer, folder, number))];
    }

    private static string[] Cells(TableTask task, TableTrainer trainer, Run[] runs, Run[]? ours) =>
    [
        task.Case.Length > 0 ? $"{trainer.Name}, {task.Case}" : trainer.Name,
        .. task.Measures.Select((_, i) => MeanAndDeviation([.. runs.Select(run => run.Values[i])])),
        .. TimeAndRatio(runs, ours, run => run.ProcessorSeconds),
        .. TimeAndRatio(runs, ours, run => run.Seconds),
        .. task.ShowsMemory ? [$"{runs.Max(run => run.PeakMegabytes):F0}"] : Array.Empty<string>(),
    ];

    private static string[] TimeAndRatio(Run[] runs, Run[]? ours, Func<Run, double> seconds) =>
        [$"{runs.Average(seconds):F3}", ours is null || ours == runs ? "" : $"{runs.Average(seconds) / ours.Average(seconds):F2}"];

    private static string MeanAndDeviation(double[] values)
    {
        if (values.All(double.IsNaN))
            return "";
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        return $"{mean:F4} ± {deviation:F4}";
    }

    private static void PrintLine(string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");
}
