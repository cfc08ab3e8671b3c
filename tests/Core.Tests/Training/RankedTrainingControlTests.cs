using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Training;

/// <summary>How the ranks of a training loop begin and end together.</summary>
public class RankedTrainingControlTests
{
    private const int Rows = 128, Inputs = 6;

    private static readonly TrainingSettings WholeBatches = new()
    {
        Epochs = 20,
        BatchSize = Rows,
        Seed = 3,
        Optimizer = new Adam { LearningRate = 0.01f, ClipNorm = 0.5f },
    };

    public static TheoryData<string, string> Differences => new()
    {
        { "network", "dense1.Units is 9 on rank 0 and 8 on rank 1" },
        { "features", "the number of features is 6 on rank 0 and 5 on rank 1" },
        { "optimizer", "Optimizer.LearningRate is 0.01 on rank 0 and 0.02 on rank 1" },
        { "batch", "BatchSize is 128 on rank 0 and 64 on rank 1" },
        { "weights", "the checksum of all weights is * on rank 0 and * on rank 1" },
        { "validation", "whether there are validation rows is False on rank 0 and True on rank 1" },
        { "factors", "LearningRateFactor is * on rank 0 and * on rank 1" },
    };

    [Fact]
    public void Run_RowsForMoreBatchesOnOneRank_TakesAsManyStepsAsTheOthersHave()
    {
        var warnings = new List<string>();
        var results = Ranked.Run(2, ranks =>
        {
            var training = Some.Clusters(40 + 60 * ranks.Rank, Inputs, 3, seed: 2);
            var validation = Some.Clusters(9 + 30 * ranks.Rank, Inputs, 3, seed: 4);
            var network = Some.SmallNetwork(Inputs);
            var settings = WholeBatches with
            {
                BatchSize = 20,
                Epochs = 2,
                Ranks = ranks,
                Warning = ranks.Rank == 0 ? warnings.Add : null,
            };
            return (Loop(network, settings).Run(training, validation).History, RankedRows.ValuesOf(network));
        });

        results[1].Item2.Should().Equal(results[0].Item2);
        results[1].History.Select(Figures).Should().Equal(results[0].History.Select(Figures));
        warnings.Should().ContainSingle(warning => warning.StartsWith("The ranks have rows for 4, 10 batches"));
    }

    [Fact]
    public void Run_OneRankIsCancelled_EndsAllAfterTheSameStep()
    {
        var asked = new int[3];
        var results = Ranked.Run(3, ranks =>
        {
            var network = Some.SmallNetwork(Inputs);
            var settings = WholeBatches with { BatchSize = 12, Epochs = 50, Ranks = ranks, IsCancelled = () => Ask(ranks.Rank) };
            var data = RankedRows.PartOf(Data(Shape.Vector(Inputs), weighted: false), ranks);
            return (Loop(network, settings).Run(data).StopReason, RankedRows.ValuesOf(network));
        });

        results.Should().OnlyContain(result => result.StopReason == StopReason.Cancelled);
        results.Should().OnlyContain(result => result.Item2.SequenceEqual(results[0].Item2));
        asked.Should().OnlyContain(times => times == 14);

        bool Ask(int rank) => ++asked[rank] == 14 && rank == 1;
    }

    // A schedule that goes by the clock must be at the same place on all ranks.
    [Fact]
    public void ThrowIfOver_TheTimeOfOneRankIsOver_EndsAllAtTheSameTime()
    {
        var stops = Ranked.Run(3, ranks =>
        {
            var clock = new TrainingClock(new TrainingState { Before = TimeSpan.FromHours(ranks.Rank == 1 ? 2 : 0.5) }, totalSteps: 1);
            var stop = new TrainingStop(WholeBatches with { Ranks = ranks, TimeLimit = TimeSpan.FromHours(1) }, clock);
            FluentActions.Invoking(stop.ThrowIfOver).Should().Throw<OperationCanceledException>();
            return stop;
        });

        stops.Should().OnlyContain(stop => stop.Reason == StopReason.TimeLimit && stop.Elapsed == stops[1].Elapsed);
        stops[0].Elapsed.Should().BeGreaterThanOrEqualTo(TimeSpan.FromHours(2));
    }

    [Fact]
    public void Run_OneRanksLossIsNotFinite_EndsAllAtTheSameStep()
    {
        var thrown = Ranked.Run(2, ranks =>
        {
            var builder = new DatasetBuilder(Inputs, hasWeights: false);
            for (var row = 0; row < 40; row++)
                builder.Add([.. Enumerable.Repeat(ranks.Rank == 1 && row == 5 ? float.NaN : row, Inputs)], row % 3);
            var loop = Loop(Some.SmallNetwork(Inputs), WholeBatches with { BatchSize = 80, Ranks = ranks });
            return Record.Exception(() => loop.Run(builder.ToDataset()));
        });

        thrown.Should().AllBeOfType<TrainingDivergedException>();
        thrown.Select(exception => exception.Message).Distinct().Should().ContainSingle();
    }

    [Theory]
    [MemberData(nameof(Differences))]
    public void Run_RanksThatDiffer_AreRefusedOnAllByName(string what, string message)
    {
        var thrown = Ranked.Run(2, ranks =>
        {
            var other = ranks.Rank == 1;
            var inputs = other && what == "features" ? 5 : Inputs;
            var hidden = NetworkDefinition.Empty.Dense(other && what == "network" ? 8 : 9);
            var network = new Network(hidden.BatchNorm().Dense(3), Shape.Vector(inputs), seed: other && what == "weights" ? 2 : 1);
            var settings = WholeBatches with
            {
                Ranks = ranks,
                Optimizer = new Adam { LearningRate = other && what == "optimizer" ? 0.02f : 0.01f, ClipNorm = 0.5f },
                BatchSize = other && what == "batch" ? 64 : Rows,
                LearningRateFactor = other && what == "factors" ? layer => layer == "dense1" ? 0.5f : 1 : null,
            };
            var data = Some.Clusters(Rows / 2, inputs, 3, seed: 2);
            return Record.Exception(() => Loop(network, settings).Run(data, other && what == "validation" ? data : null));
        });

        thrown.Should().AllBeOfType<InvalidOperationException>();
        thrown.Should().OnlyContain(exception => exception.Message == thrown[0].Message);
        thrown[0].Message.Should().Match($"*{message}*");
    }

    [Fact]
    public void Run_GhostBatchesThatDoNotDivideTheRowsOfARank_AreRefused()
    {
        var definition = NetworkDefinition.Empty.Dense(4).Add(new BatchNormDefinition { VirtualBatchSize = 12 }).Dense(3);
        var run = () => ThreadRanks.Run(2, ranks =>
            Loop(new Network(definition, Shape.Vector(Inputs), seed: 1), WholeBatches with { Ranks = ranks })
                .Run(Some.Clusters(64, Inputs, 3, seed: 1)));

        run.Should().Throw<ArgumentException>().WithMessage(
            "Layer 'batchnorm1' has a VirtualBatchSize of 12, and each of the 2 ranks has 64 rows of a batch. Choose a BatchSize that is a "
            + "multiple of 24.");
    }

    [Fact]
    public void WarningsFor_OtherProcessorsOrRows_SaysSoOnAllRanks()
    {
        string[][] Of(int[] lanes, int[] batches) =>
            Ranked.Run(2, ranks => TrainingChecks.WarningsFor(ranks, lanes[ranks.Rank], batches[ranks.Rank]).ToArray());

        Of([8, 8], [10, 11]).Should().OnlyContain(warnings => warnings.Length == 0);   // one row more or less must not warn
        Of([8, 16], [10, 10]).Should().OnlyContain(warnings => warnings.Single().StartsWith("The ranks compute with vectors of 8, 16 "));
        Of([8, 8], [10, 14]).Should().OnlyContain(warnings => warnings.Single().StartsWith("The ranks have rows for 10, 14 batches"));
        TrainingChecks.WarningsFor(null, 8, 10).Should().BeEmpty();
    }

    private static (double, double, double?, double?) Figures(EpochReport report) =>
        (report.TrainingLoss, report.TrainingMetric, report.ValidationLoss, report.ValidationMetric);

    private static TrainingLoop Loop(Network network, TrainingSettings settings) => new(network, new SoftmaxCrossEntropy(), settings);

    private static Dataset Data(Shape shape, bool weighted) => Some.Clusters(Rows, shape.Size, classes: 3, seed: 2, weighted);
}
