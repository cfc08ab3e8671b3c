using System.CommandLine;
using Distributed;

// Kubernetes numbers the pods of an Indexed Job by it.
const string IndexVariable = "JOB_COMPLETION_INDEX";

var data = new Option<string>("--data") { Description = "Folder with the files part-*.csv", DefaultValueFactory = _ => "data" };
var output = new Option<string>("--out") { Description = "Folder for what is written", DefaultValueFactory = _ => "out" };
var shards = Number("--of", "How many shards the files are divided into", 8);
var index = new Option<int?>("--index") { Description = $"Which shard, from 0. Default: the variable {IndexVariable}" };
var parts = Number("--parts", "How many files", 8);
var rows = Number("--rows", "Rows in each", 20_000);
var epochs = Number("--epochs", "Passes over the data", 20);
var threads = Number("--threads", "Threads of each rank: 1 with a rank for every core", 1);

var makeData = new Command("make-data", "Makes CSV files to try the other commands on.") { data, parts, rows };
makeData.SetAction(arguments =>
    PartFiles.Make(arguments.GetRequiredValue(data), arguments.GetValue(parts), arguments.GetValue(rows)));

var train = new Command("train", "Trains one network: alone, or with all processes of an MPI job.") { data, output, epochs, threads };
train.SetAction(arguments => Training.Run(
    arguments.GetRequiredValue(data), arguments.GetRequiredValue(output), arguments.GetValue(epochs), arguments.GetValue(threads)));

var shard = new Command("shard", "Fits the statistics of one shard.") { data, output, shards, index };
shard.SetAction(arguments => Statistics.Fit(
    arguments.GetRequiredValue(data), arguments.GetRequiredValue(output), arguments.GetValue(index) ?? IndexFromEnvironment(),
    arguments.GetValue(shards)));

var merge = new Command("merge", "Merges the statistics of all shards.") { data, output, shards };
merge.SetAction(arguments => Statistics.Merge(
    arguments.GetRequiredValue(data), arguments.GetRequiredValue(output), arguments.GetValue(shards)));

var trials = Number("--trials", "How many settings are tried", 32);
var trial = new Option<int?>("--trial")
{
    Description = $"The one trial to train, from 0. Default: the variable {IndexVariable}; without it all, and the best is saved",
};
var search = new Command("search", "Searches for settings: one trial, or all, alone or with all processes of an MPI job.")
{
    data, output, trials, trial,
};
search.SetAction(arguments => Searching.Run(
    arguments.GetRequiredValue(data), arguments.GetRequiredValue(output), arguments.GetValue(trial) ?? Index(),
    arguments.GetValue(trials)));

var root = new RootCommand("Training, statistics and searches on many machines.") { makeData, train, shard, merge, search };
var parsed = root.Parse(args);
try
{
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
// Not those of the commands that run under MPI: only what nobody catches makes MpiRanks end the other ranks too.
catch (Exception error) when (parsed.CommandResult.Command != train && parsed.CommandResult.Command != search
    && error is UserError or IOException or InvalidOperationException or ArgumentException)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

static int? Index() => int.TryParse(Environment.GetEnvironmentVariable(IndexVariable), out var index) ? index : null;

static int IndexFromEnvironment() =>
    Index() ?? throw new UserError($"Say which shard with --index, or by the variable {IndexVariable}.");

static Option<int> Number(string name, string description, int fallback)
{
    var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback };
    option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, out var value) && value < 1)
            result.AddError($"{name} must be positive, not {value}.");
    });
    return option;
}
