namespace MLNet.BatchNorm.Tables;

/// <summary>The runs of all trainers on the tasks of one name as a markdown table: means and deviations (n - 1) over the runs.</summary>
internal static class ResultTable
{
    public static void Print(IReadOnlyList<TableTask> tasks, Func<TableTrainer, bool> includes, string folder, int? asked)
    {
        var first = tasks[0];
        var runs = asked ?? first.Runs;
        string[] memory = first.ShowsMemory ? ["peak MB"] : [];
        string[] head = ["trainer", .. first.Measures, "processor seconds", "seconds", .. memory];
        Console.WriteLine($"\n{first.Name}, {runs} runs\n");
        PrintLine(head);
        Console.WriteLine($"|{string.Concat(head.Select(_ => "---|"))}");
        foreach (var task in tasks)
            foreach (var trainer in task.Trainers.Where(includes))
                PrintLine(Cells(task, trainer, Runs(task, trainer, folder, runs)));
    }

    private static Run[] Runs(TableTask task, TableTrainer trainer, string folder, int runs)
    {
        var numbers = Enumerable.Range(1, runs);
        if (task.ShowsMemory)
            return [.. numbers.Select(number => Run.MeasureInNewProcess(task, trainer, folder, number))];

        Run.Measure(task, trainer, folder, number: 1);   // compiles
        return [.. numbers.Select(number => Run.Measure(task, trainer, folder, number))];
    }

    private static string[] Cells(TableTask task, TableTrainer trainer, Run[] runs) =>
    [
        task.Case.Length > 0 ? $"{trainer.Name}, {task.Case}" : trainer.Name,
        .. task.Measures.Select((_, i) => MeanAndDeviation([.. runs.Select(run => run.Values[i])])),
        $"{runs.Average(run => run.ProcessorSeconds):F3}",
        $"{runs.Average(run => run.Seconds):F3}",
        .. task.ShowsMemory ? [$"{runs.Max(run => run.PeakMegabytes):F0}"] : Array.Empty<string>(),
    ];

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
