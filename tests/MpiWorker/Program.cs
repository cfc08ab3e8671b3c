using MLNet.BatchNorm;
using MLNet.BatchNorm.Tests;

// One rank of a job that a test starts. It prints what the test compares, and writes nothing else.
using var ranks = MpiRanks.Start();
switch (args)
{
    case ["train", var workload]:
        Print(RankWorkloads.ChecksumOf(workload, ranks));
        break;

    // Goes on from the checkpoint if it is there, and tells every batch so that the test can choose when to kill.
    case ["resume", var workload, var path]:
        Console.WriteLine($"rank {ranks.Rank} is process {Environment.ProcessId}");
        Print(RankWorkloads.ChecksumOf(RankWorkloads.Fit(workload, ranks, options => options with
        {
            Checkpoint = new CheckpointOptions(path) { EverySteps = 3 },
            ResumeFrom = File.Exists(path) ? path : null,
            BatchProgress = batch => Console.WriteLine($"step {batch.Step}"),
            BatchProgressEvery = 1,
        }).Model.Network));
        break;

    case ["differ"]:
        RankWorkloads.Fit("dense", ranks, options => options with { Epochs = 5 + ranks.Rank });
        break;

    case ["throw"]:
        RankWorkloads.Fit("dense", ranks, options => options with { Epochs = 100_000, EarlyStopping = null, Progress = Throw });
        break;

    case ["abort"]:
        if (ranks.Rank == 1)
            ranks.Abort("the weather is bad");
        RankWorkloads.Fit("dense", ranks, options => options);
        break;

    case ["twice"]:
        MpiRanks.Start();
        break;

    default:
        throw new ArgumentException($"Unknown: {string.Join(' ', args)}");
}

void Print(string checksum) => Console.WriteLine($"rank {ranks.Rank} of {ranks.Count}: {checksum}");

static void Throw(EpochReport report)
{
    if (report.Epoch == 3)
        throw new InvalidDataException("the callback is at fault");
}
