// Measures our trainers with their defaults beside ML.NET's own on public tables, and prints a markdown table per task:
//
//   dotnet run -c Release --project benchmarks/Tables -- <folder with the tables> [task ...] [--seeds 5] [--splits 20] [--validate]
//
// --validate splits the training rows and never looks at the test rows: with it defaults are chosen.
using MLNet.BatchNorm;
using MLNet.BatchNorm.Tables;

if (args.Length == 0 || !Directory.Exists(args[0]))
{
    Console.Error.WriteLine("Name the folder with the tables: iris-train.txt, HeartTraining.csv, adult.txt, hour_train.csv and so on.");
    return 2;
}

NumericsThreads.Max = 1;   // processor seconds are comparable then
var names = args.Skip(1).TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal)).ToArray();
var validate = args.Contains("--validate");
foreach (var task in TableTasks.All(args[0]).Where(task => names.Length == 0 || names.Contains(task.Name)))
    Measurements.Print(task, task.IsSmall ? Option("--splits", 20) : Option("--seeds", 5), validate);
return 0;

int Option(string name, int fallback) => Array.IndexOf(args, name) is var at and >= 0 ? int.Parse(args[at + 1]) : fallback;
