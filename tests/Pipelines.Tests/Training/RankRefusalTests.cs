using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>Ranks that cannot train one model, and what each of them is told.</summary>
public class RankRefusalTests
{
    private static readonly Example<string>[] Rows = Toy.Examples(rows: 240);

    private static readonly NeuralNetworkOptions Options = Toy.Quick with { BatchSize = 48, Epochs = 5, ValidationFraction = 0.2f };

    public static TheoryData<string, Func<NeuralNetworkOptions, NeuralNetworkOptions>> Differences => new()
    {
        { "Epochs is 5 on rank 0 and 6 on rank 1", options => options with { Epochs = 6 } },
        { "Optimizer.LearningRate is 0.02 on rank 0 and 0.01 on rank 1", With(new Adam { LearningRate = 0.01f }) },
        { "dense1.Units is 8 on rank 0 and 9 on rank 1", With(net => net.Dense(9).BatchNorm().Relu()) },
        { "batchnorm1.Momentum is 0.1 on rank 0 and 0.2 on rank 1", With(net => net.Dense(8).BatchNorm(momentum: 0.2f).Relu()) },
        { "dense1.Units is 8 on rank 0 and 3 on rank 1", With(NeuralNetworks.Tabular([8])) },   // measures more of the rows
        { "whether there is a Network is True on rank 0 and False on rank 1", With(network: null) },
        { "ClassWeights is none on rank 0 and 1, 2, 3 on rank 1", options => options with { ClassWeights = ClassWeights.Of(1, 2, 3) } },
        { "Seed is 1 on rank 0 and 2 on rank 1", options => options with { Seed = 2 } },
        { "ValidationFraction is 0.2 on rank 0 and 0 on rank 1", options => options with { ValidationFraction = 0 } },
        { "LearningRateFactor is * on rank 0 and * on rank 1", options => options with { LearningRateFactor = _ => 0.5f } },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void Fit_RanksWithOtherOptions_AreRefusedByName(string message, Func<NeuralNetworkOptions, NeuralNetworkOptions> change)
    {
        Refusal<InvalidOperationException>(2, ranks => Fit(ranks.Rank == 1 ? change(Options) : Options, Toy.Keyed(Rows), ranks))
            .Should().Match($"The ranks do not train the same network: {message}*");
    }

    [Fact]
    public void Fit_RanksWithOtherClassesOrFeatures_AreRefusedByName()
    {
        string[][] orders = [["red", "green", "blue"], ["red", "blue", "green"]];

        Refusal<InvalidOperationException>(2, ranks => Fit(Options, Toy.Keyed(Toy.Examples(orders[ranks.Rank])), ranks))
            .Should().Contain("class 2 is green on rank 0 and blue on rank 1");
        Refusal<InvalidOperationException>(2, ranks => Fit(Options, ranks.Rank == 0 ? Toy.Keyed(Rows) : Pictures.Keyed(), ranks))
            .Should().Contain("the number of features is 2 on rank 0 and 60 on rank 1");
    }

    [Fact]
    public void Fit_BatchThatCannotBeShared_IsRefused() =>
        Refusal<ArgumentException>(5, ranks => Fit(Options, Toy.Keyed(Rows), ranks))
            .Should().StartWith("BatchSize is 48, of all 5 ranks together. It must be a multiple of 5, ");

    [Fact]
    public void Fit_ARowOfOneRankCannotBeUsed_EndsAllWithItsMessage() =>
        Refusal<InvalidOperationException>(4, ranks =>
        {
            var rows = Toy.Examples();
            if (ranks.Rank == 2)
                rows[7].Features[1] = float.NaN;
            Fit(Options, Toy.Keyed(rows), ranks);
        }).Should().Contain("has the value NaN in row 7, slot 1");

    [Fact]
    public void Fit_TooFewRowsOnOneRank_NamesTheRank()
    {
        Told(0).Should().StartWith("There is no row to train on (rank 2 of 4): ");
        Told(1).Should().StartWith("There is only one row to train on (rank 2 of 4), ");

        static string Told(int rowsOfOne) => Refusal<InvalidOperationException>(4, ranks => Fit(
            Options with { ValidationFraction = 0 },
            Toy.ML.Data.SkipRows(Toy.Keyed(Rows), ranks.Rank == 2 ? Rows.Length - rowsOfOne : 1),
            ranks));
    }

    [Fact]
    public void FindLearningRate_WithRanks_IsRefused() =>
        Refusal<ArgumentException>(2, ranks => Toy.Trainer(Options with { Ranks = ranks }).FindLearningRate(Toy.Keyed(Rows)))
            .Should().StartWith("FindLearningRate runs alone. Leave out the option Ranks");

    private static string Refusal<TException>(int count, Action<Ranks> action) where TException : Exception =>
        Ranked.Failure(count, action).Should().BeOfType<TException>().Which.Message;

    private static Func<NeuralNetworkOptions, NeuralNetworkOptions> With(Func<NetworkDefinition, NetworkDefinition>? network) =>
        options => options with { Network = network };

    private static Func<NeuralNetworkOptions, NeuralNetworkOptions> With(Optimizer optimizer) =>
        options => options with { Optimizer = optimizer };

    private static NeuralNetworkPredictionTransformer Fit(NeuralNetworkOptions options, IDataView data, Ranks ranks) =>
        Toy.Trainer(options with { Ranks = ranks }).Fit(data);
}
