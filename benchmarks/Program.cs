using System.CommandLine;
using BenchmarkDotNet.Running;
using MLNet.BatchNorm;
using MLNet.BatchNorm.Benchmarks.Comparing;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Benchmarks.Workloads;

Option<int> threads = new("--threads") { Description = "Threads that one call may use.", DefaultValueFactory = _ => 1 };
Option<string> workloads = new("--workload")
{
    Description = "all, or some of: " + string.Join(", ", Workload.All.Select(w => w.Name)),
    DefaultValueFactory = _ => "all",
};
Option<int> repeats = new("--repeats") { Description = "Times taken; the median counts.", DefaultValueFactory = _ => 9 };
Option<double> minTime = new("--min-time") { Description = "Least seconds per repeat.", DefaultValueFactory = _ => 0.25 };
Option<bool> json = new("--json") { Description = "One JSON line per figure, as the peers print." };

Option<DirectoryInfo> peers = new("--peers") { Description = "Folder with the peers' scripts.", Required = true };
Option<int> passes = new("--passes") { Description = "Times that ours and the peers take turns.", DefaultValueFactory = _ => 5 };
Command compare = new("compare", "Run ours and the peers by turns in one run, and print the ratios.") { peers, passes, threads, workloads };
compare.SetAction(parsed => PeerComparison.Run(
    parsed.GetRequiredValue(peers), parsed.GetValue(threads), Chosen(parsed.GetValue(workloads)!), parsed.GetValue(passes)));

Command micro = new("micro", "Run the BenchmarkDotNet benchmarks; what follows -- goes to BenchmarkDotNet.")
{
    TreatUnmatchedTokensAsErrors = false,
};
micro.SetAction(parsed => { BenchmarkSwitcher.FromAssembly(typeof(Workload).Assembly).Run([.. parsed.UnmatchedTokens]); });

Command scaling = new("scaling", "Print how cost grows with batch, width, depth and rows.") { threads };
scaling.SetAction(parsed =>
{
    NumericsThreads.Max = parsed.GetValue(threads);
    ScalingMeasurements.Print(new Timing(parsed.GetValue(threads), Repeats: 5, MinSeconds: 0.05));
});

Option<int> batch = new("--batch") { Description = "Pictures in a batch.", DefaultValueFactory = _ => 16 };
Command memory = new("memory", "Print what training steps of ResNet-18 take of memory.") { threads, batch };
memory.SetAction(parsed =>
{
    NumericsThreads.Max = parsed.GetValue(threads);
    MemoryMeasurements.Print(parsed.GetValue(batch));
});

Option<int> count = new("--count")
{
    Description = "Ranks that are threads, where mpirun did not start this.",
    DefaultValueFactory = _ => 2,
};
Option<int> rows = new("--rows") { Description = "Rows of each rank in a step.", DefaultValueFactory = _ => 128 };
Command ranks = new("ranks", "Print what a step of several ranks takes longer than the step of one.") { count, rows };
ranks.SetAction(parsed => RankMeasurements.Print(parsed.GetValue(count), parsed.GetValue(rows)));

RootCommand root = new(
    "Benchmarks of MLNet.BatchNorm on the workloads its peers are measured on. Every result is checked before it is timed.")
{
    threads, workloads, repeats, minTime, json, compare, scaling, memory, ranks, micro,
};
root.SetAction(parsed =>
{
    var timing = new Timing(parsed.GetValue(threads), parsed.GetValue(repeats), parsed.GetValue(minTime));
    NumericsThreads.Max = timing.Threads;
    foreach (var workload in Chosen(parsed.GetValue(workloads)!))
        foreach (var figure in workload.Run(timing))
            Console.WriteLine(parsed.GetValue(json)
                ? figure.ToJson()
                : $"{figure.Workload,-46}{figure.Metric,-22}{figure.Value,16:N2} {figure.Unit}");
});
return root.Parse(args).Invoke();

static Workload[] Chosen(string names) => names == "all"
    ? [.. Workload.All]
    : [.. names.Split(',').Select(name => Workload.All.FirstOrDefault(w => w.Name == name)
            ?? throw new ArgumentException(
                $"There is no workload '{name}'. There are: {string.Join(", ", Workload.All.Select(w => w.Name))}."))];
