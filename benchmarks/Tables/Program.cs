// Prints how the trainers fare on public tables and on cars made by a formula, beside ML.NET's own trainers, all at their defaults, as one
// markdown table per task. The folder holds the files that ML.NET's samples and tests ship.
//
//   dotnet run -c Release --project benchmarks/Tables -- <folder> [--task name] [--trainer name] [--seeds n]
using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Tables;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var taskNames = TableTasks.All.Select(task => task.Name).Distinct().ToArray();
var trainerNames = TableTasks.All.SelectMany(task => task.Trainers).Select(trainer => trainer.Name).Distinct().ToArray();

Argument<DirectoryInfo> folder = new("folder") { Description = "Where the files of the tables are." };
folder.AcceptExistingOnly();
Option<string[]> tasks = new("--task") { Description = "Only these tasks.", AllowMultipleArgumentsPerToken = true };
tasks.AcceptOnlyFromAmong(taskNames);
Option<string[]> trainers = new("--trainer") { Description = "Only these trainers.", AllowMultipleArgumentsPerToken = true };
trainers.AcceptOnlyFromAmong(trainerNames);
Option<int?> seeds = new("--seeds") { Description = "Runs of each trainer; at least 2; default 5, or 20 for the small tables." };
seeds.Validators.Add(result =>
{
    if (result.GetValue(seeds) < 2)
        result.AddError("A deviation needs at least 2 runs.");
});
// What this program asks of itself in a new process.
Option<int?> run = new(Run.Option) { Hidden = true };

RootCommand root = new("Measures the trainers on tables.") { folder, tasks, trainers, seeds, run };
root.SetAction(parsed =>
{
    var path = parsed.GetRequiredValue(folder).FullName;
    var chosen = TableTasks.All.Where(task => Includes(parsed.GetValue(tasks), task.Name));
    bool IsChosen(TableTrainer trainer) => Includes(parsed.GetValue(trainers), trainer.Name);
    if (parsed.GetValue(run) is { } number)
    {
        var task = chosen.Single();
        var trainer = task.Trainers.Single(IsChosen);
        Run.WarmUp(task, trainer, path);
        Console.WriteLine(Run.Measure(task, trainer, path, number).ToJson());
        return;
    }

    Console.WriteLine($"{Machine.Description}, ML.NET {Machine.VersionOf(typeof(MLContext))}");
    foreach (var tasksOfName in chosen.GroupBy(task => task.Name))
        ResultTable.Print([.. tasksOfName], IsChosen, path, parsed.GetValue(seeds));
});
return root.Parse(args).Invoke();

static bool Includes(string[]? names, string name) => names is null or [] || names.Contains(name);
