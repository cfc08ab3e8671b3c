using Microsoft.ML;
using MLNet.BatchNorm.Pipelines.Search;

namespace MLNet.BatchNorm.Pipelines.Tests.Search;

/// <summary>Searches over the toy problem, each of a fraction of a second.</summary>
internal static class Searches
{
    public static readonly IDataView Data = Toy.Keyed(Toy.Examples(rows: 150));

    /// <summary>Nine epochs with what a checkpoint must keep: momentum, dropout, a schedule over all epochs.</summary>
    public static NeuralNetworkOptions Space(SearchTrial trial)
    {
        var width = trial.Choose("width", 4, 8, 16);
        return Toy.Quick with
        {
            Network = net => net.Dense(width).BatchNorm().Relu().Dropout(0.1f),
            Optimizer = new Adam { LearningRate = trial.LogUniform("learning rate", 1e-4f, 1e-1f) },
            Schedule = new OneCycleSchedule(),
            Epochs = 9,
            Seed = null,
        };
    }

    public static NeuralNetworkSearchOptions Options(SearchMethod? method = null) => new()
    {
        Method = method ?? SearchMethod.SuccessiveHalving(trials: 9, factor: 3),
        Seed = 5,
    };

    public static NeuralNetworkSearch Of(
        NeuralNetworkSearchOptions options, Func<SearchTrial, NeuralNetworkOptions>? space = null) =>
        Toy.ML.MulticlassClassification.Trainers.NeuralNetworkSearch(space ?? Space, options);

    /// <summary>The options of a trial of a random search.</summary>
    public static SearchTrial Trial(int seed = 1, int number = 0) => new(number, new RandomDraws(seed, number), []);

    /// <summary>What must be the same whenever and wherever a search is done: all but the time.</summary>
    public static IEnumerable<string> Table(SearchResult result) => result.Trials.Select(trial => $"{trial}, {trial.Outcome}");

    /// <summary>What a search divides the rows into.</summary>
    public static DataOperationsCatalog.TrainTestData Divided(IDataView data, int seed = 5) =>
        Toy.ML.Data.TrainTestSplit(data, 0.2, seed: seed);
}
