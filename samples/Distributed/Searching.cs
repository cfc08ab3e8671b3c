using Microsoft.ML;
using MLNet.BatchNorm;

namespace Distributed;

/// <summary>
/// The settings of a network, found by trying: one trial by each of many numbered jobs, or all trials, shared out among the processes of
/// an MPI job, or by this one alone. Trials that are done lie in a folder and are not trained again.
/// </summary>
internal static class Searching
{
    public static void Run(string folder, string output, int? trial, int trials)
    {
        using var ranks = MpiRanks.Start();
        var ml = new MLContext(seed: 1);
        var data = PartFiles.Open(ml, folder, reader: 0, readers: 1);   // the same rows for all
        var search = ml.MulticlassClassification.Trainers.NeuralNetworkSearch(Options, new NeuralNetworkSearchOptions
        {
            Method = SearchMethod.SuccessiveHalving(trials),
            Seed = 1,
            Folder = Path.Combine(output, "trials"),
            Ranks = ranks,
            Progress = report => Console.WriteLine(report),
        });
        if (trial is { } number)
        {
            search.RunTrial(data, number);
            return;
        }

        var model = search.Fit(data);
        if (ranks.Rank == 0)
            ml.Model.Save(model, data.Schema, Path.Combine(output, "best.zip"));
    }

    private static NeuralNetworkOptions Options(SearchTrial trial)
    {
        var (width, momentum) = (trial.Choose("width", 32, 64, 128), trial.Uniform("momentum", 0.01f, 0.3f));
        return new NeuralNetworkOptions
        {
            Network = net => net.Dense(width).BatchNorm(momentum: momentum).Relu().Dense(width / 2).BatchNorm(momentum: momentum).Relu(),
            Optimizer = new Adam { LearningRate = trial.LogUniform("learning rate", 1e-4f, 3e-2f) },
            BatchSize = 512,
            Epochs = 16,
        };
    }
}
