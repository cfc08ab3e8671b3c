using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Training;

/// <summary>The training loop on several ranks.</summary>
public class RankedTrainingTests
{
    private const int Rows = 128, Inputs = 6;

    // One batch an epoch, so that its rows are the same ones however they are shuffled.
    private static readonly TrainingSettings WholeBatches = new()
    {
        Epochs = 20,
        BatchSize = Rows,
        Seed = 3,
        Optimizer = new Adam { LearningRate = 0.01f, ClipNorm = 0.5f },
    };

    public static TheoryData<int, string, NetworkDefinition, Shape> Networks
    {
        get
        {
            var block = NetworkDefinition.Empty.Dense(9).BatchNorm().Relu().Dense(9).BatchNorm();
            var ghosts = new BatchNormDefinition { VirtualBatchSize = 8 };
            (string, NetworkDefinition, Shape)[] networks =
            [
                ("dense", NetworkDefinition.Empty.Dense(12).BatchNorm().Relu().Dense(9).BatchNorm().Tanh(), Shape.Vector(Inputs)),
                ("blocks", NetworkDefinition.Empty.Dense(9).Add(new ResidualDefinition(block)), Shape.Vector(Inputs)),
                ("beside", NetworkDefinition.Empty.Add(new ConcatDefinition(block)), Shape.Vector(Inputs)),
                ("image", NetworkDefinition.Empty.Conv2D(4, padding: 1).BatchNorm().Relu().Flatten(), Shape.Image(3, 2, 1)),
                (
                    "pooled", NetworkDefinition.Empty.Conv2D(4, padding: 1).BatchNorm().Relu().MaxPool2D().Flatten(),
                    Shape.Image(4, 5, 1)),
                ("ghosts", NetworkDefinition.Empty.Dense(9).Add(ghosts).Relu(), Shape.Vector(Inputs)),
            ];
            var data = new TheoryData<int, string, NetworkDefinition, Shape>();
            foreach (var (name, network, shape) in networks)
                foreach (var ranks in (int[])[2, 4])
                    data.Add(ranks, name, network.Dense(3), shape);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Run_SeveralRanks_TrainTheNetworkOfOneProcess(int count, string what, NetworkDefinition definition, Shape shape)
    {
        var whole = Trained(definition, shape, weighted: true, WholeBatches);

        var parts = Ranked.Run(count, ranks => Trained(definition, shape, weighted: true, WholeBatches with { Ranks = ranks }));

        foreach (var part in parts)
            part.Should().Equal(parts[0], what);
        if (what != "ghosts")   // other rows come together in them
            RelativeDifference(parts[0], whole).Should().BeLessThan(1e-4);   // rounding, 20 steps of Adam later
        RelativeDifference(RankedRows.ValuesOf(new Network(definition, shape, seed: 1)), whole).Should().BeGreaterThan(0.1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_SparseRows_TrainTheNetworkOfOneProcess(int count)
    {
        const int inputs = 41, rows = 120;
        var (sparse, _) = SparseSome.Rows(rows, inputs, seed: 1, weighted: true);
        var definition = NetworkDefinition.Empty.Dense(8).BatchNorm().Relu().Dense(3);
        float[] Of(RowSource source, Ranks? ranks)
        {
            var network = new Network(definition, Shape.Vector(inputs), seed: 1);
            Loop(network, WholeBatches with { BatchSize = rows, Ranks = ranks }).Run(source);
            return RankedRows.ValuesOf(network);
        }

        var parts = Ranked.Run(count, ranks => Of(RankedRows.PartOf(sparse, ranks), ranks));

        foreach (var part in parts)
            part.Should().Equal(parts[0]);
        RelativeDifference(parts[0], Of(sparse, null)).Should().BeLessThan(1e-4);
    }

    // A row that only one rank has a value for is a touched row of all: the lazy update goes by the batch of all ranks.
    [Fact]
    public void GradientSum_RowsThatOtherRanksTouch_AreTouchedOnAll()
    {
        int[][] touched = [[4, 1], [], [1, 3]];
        var sums = Ranked.Run(3, ranks =>
        {
            var sparse = new Parameter("w", [6, 2], decays: true);
            var dense = new Parameter("b", 3, decays: false);
            sparse.TouchRows(touched[ranks.Rank]).Fill(1 + ranks.Rank);
            dense.TouchAll().Fill(ranks.Rank);
            new GradientSum([sparse, dense], ranks).Run();
            return (Rows: sparse.TouchedRows.ToArray(), Gradient: sparse.Gradient.ToArray(), Dense: dense.Gradient.ToArray());
        });

        foreach (var (rows, gradient, dense) in sums)
        {
            rows.Should().Equal(1, 3, 4);
            gradient.Should().Equal(1 + 3, 1 + 3, 3, 3, 1, 1);
            dense.Should().Equal(3, 3, 3);
        }
    }

    [Fact]
    public void Run_OneRank_IsTrainingAlone()
    {
        var definition = NetworkDefinition.Empty.Dense(12).BatchNorm().Relu().Dropout(0.2f).Dense(3);
        var settings = WholeBatches with { BatchSize = 32, Epochs = 3 };

        var alone = Trained(definition, Shape.Vector(Inputs), weighted: false, settings);

        Ranked.Run(1, ranks => Trained(definition, Shape.Vector(Inputs), weighted: false, settings with { Ranks = ranks }))[0]
            .Should().Equal(alone);
    }

    [Fact]
    public void Random_OfEveryRank_IsItsOwn()
    {
        float[] Drawn(Ranks? ranks)
        {
            var random = (WholeBatches with { Ranks = ranks }).Random;
            return [random.NextSingle(), random.NextSingle()];
        }

        float[][] drawn = [.. Ranked.Run(3, Drawn), Drawn(null)];

        drawn.Select(numbers => numbers[0]).Distinct().Should().HaveCount(4);
        Ranked.Run(1, Drawn)[0].Should().Equal(Drawn(null));
    }

    [Fact]
    public void Train_AfterTheFirstStep_AllocatesNothing()
    {
        var shape = Shape.Vector(Inputs);
        var definition = NetworkDefinition.Empty.Dense(9).BatchNorm().Relu().Dropout(0.1f).Dense(3);
        Ranked.Run(2, ranks =>
        {
            var network = new Network(definition, shape, seed: 1);
            var rule = new Adam { ClipNorm = 1 }.Over(network.TrainableParameters);
            using var batches = Data(shape, weighted: true).InBatches(16);
            var step = new TrainingStep(network, new SoftmaxCrossEntropy(), rule, new CounterRandom(5), batches.Largest, ranks: ranks);
            var meter = step.NewMeter();
            var stop = new TrainingStop(WholeBatches with { Ranks = ranks }, new TrainingClock(new TrainingState(), totalSteps: 1));
            return Allocations.Of(() =>
            {
                batches.Start(new CounterRandom(7));
                stop.ThrowIfOver();
                for (var number = 1; number <= batches.Count; number++)
                    step.Train(batches.Next(), number, learningRate: 0.01f, meter);
            });
        }).Should().Equal(0, 0);
    }

    // The figures of all rows: as one process has them that has the weights of the end.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_WithValidation_ReportsTheFiguresOfAllRanks(bool classes)
    {
        Loss loss = classes ? new SoftmaxCrossEntropy() : new SquaredError();
        var settings = WholeBatches with { Epochs = 3, EarlyStopping = new EarlyStopping { Patience = 1, MinimumImprovement = 1e9f } };
        var definition = NetworkDefinition.Empty.Dense(6).BatchNorm().Relu().Dense(classes ? 3 : 1);
        TrainingResult Of(Ranks? ranks)
        {
            var network = new Network(definition, Shape.Vector(Inputs), seed: 1);
            var data = RankedRows.PartOf(Data(Shape.Vector(Inputs), weighted: true), ranks);
            return new TrainingLoop(network, loss, settings with { Ranks = ranks }).Run(data, data);
        }

        var whole = Of(null);
        foreach (var part in Ranked.Run(4, Of))
        {
            part.StopReason.Should().Be(StopReason.EarlyStopping).And.Be(whole.StopReason);
            part.History.Count.Should().Be(whole.History.Count);
            foreach (var (mine, expected) in part.History.Zip(whole.History))
            {
                mine.TrainingLoss.Should().BeApproximately(expected.TrainingLoss, 1e-5);
                mine.TrainingMetric.Should().BeApproximately(expected.TrainingMetric, 1e-5);
                mine.ValidationLoss.Should().BeApproximately(expected.ValidationLoss!.Value, 1e-5);
                mine.ValidationMetric.Should().BeApproximately(expected.ValidationMetric!.Value, 1e-5);
            }
        }
    }

    private static TrainingLoop Loop(Network network, TrainingSettings settings) => new(network, new SoftmaxCrossEntropy(), settings);

    private static Dataset Data(Shape shape, bool weighted) => Some.Clusters(Rows, shape.Size, classes: 3, seed: 2, weighted);

    private static float[] Trained(NetworkDefinition definition, Shape shape, bool weighted, TrainingSettings settings)
    {
        var network = new Network(definition, shape, seed: 1);
        Loop(network, settings).Run(RankedRows.PartOf(Data(shape, weighted), settings.Ranks));
        return RankedRows.ValuesOf(network);
    }

    private static double RelativeDifference(float[] values, float[] expected) =>
        Norm(values.Zip(expected, (value, other) => (double)value - other)) / Norm(expected.Select(value => (double)value));

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));
}
