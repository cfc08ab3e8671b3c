using Microsoft.ML;
using MLNet.BatchNorm;

namespace Distributed;

/// <summary>One network trained by all processes of an MPI job, or by this one alone.</summary>
internal static class Training
{
    public static void Run(string folder, string output, int epochs, int threads)
    {
        using var ranks = MpiRanks.Start();
        try
        {
            Train(ranks, folder, output, epochs, threads);
        }
        catch (UserError error)
        {
            // An error that is caught ends this rank alone, and the others would wait for it.
            ranks.Abort(error.Message);
        }
    }

    private static void Train(Ranks ranks, string folder, string output, int epochs, int threads)
    {
        var ml = new MLContext(seed: 1);
        var data = PartFiles.Open(ml, folder, ranks.Rank, ranks.Count);
        var checkpoint = Path.Combine(output, "training.checkpoint");
        Directory.CreateDirectory(output);
        var resumes = File.Exists(checkpoint);
        if (ranks.Rank == 0)
            Console.WriteLine($"{ranks.Count} ranks, {(resumes ? $"going on from {checkpoint}" : "from the beginning")}");

        var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
        {
            Network = net => net.Dense(256).BatchNorm().Relu().Dense(128).BatchNorm().Relu().Dropout(0.1f),
            BatchSize = 512,                                     // of all ranks together
            Epochs = epochs,
            Seed = 1,
            NumberOfThreads = threads,
            Ranks = ranks,
            Checkpoint = new CheckpointOptions(checkpoint) { EverySteps = 100 },
            ResumeFrom = resumes ? checkpoint : null,
            Progress = report => Console.WriteLine(report),      // rank 0 alone reports
        });
        var model = trainer.Fit(data);
        if (ranks.Rank == 0)
            ml.Model.Save(model, data.Schema, Path.Combine(output, "model.zip"));
    }
}
