using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class TrainingLoopTests
{
    private static readonly TrainingSettings Settings = new()
    {
        Epochs = 5,
        BatchSize = 16,
        Seed = 3,
        Optimizer = new Adam { LearningRate = 0.01f },
    };

    [Fact]
    public void Run_SeparableClusters_AreLearned()
    {
        var (training, validation) = Some.Clusters(400, 5, 3, seed: 2).Split(0.2f, seed: 1);

        var reports = Loop(Some.SmallNetwork()).Run(training, validation).History;

        reports.Select(report => report.Epoch).Should().Equal(1, 2, 3, 4, 5);
        reports[^1].TrainingLoss.Should().BeLessThan(reports[0].TrainingLoss);
        reports[^1].ValidationMetric.Should().BeGreaterThan(0.95);   // the clusters hardly overlap
        reports[^1].ValidationLoss.Should().BeLessThan(0.2);
    }

    [Fact]
    public void Run_SameSeed_GivesTheSameBits()
    {
        float[] Train(int seed)
        {
            var network = Some.SmallNetwork();
            Loop(network, Settings with { Seed = seed }).Run(Some.Clusters(100, 5, 3, seed: 2));
            return [.. network.TrainableParameters.SelectMany(parameter => parameter.Value.ToArray())];
        }

        Train(3).Should().Equal(Train(3));
        Train(3).Should().NotEqual(Train(4));
    }

    [Fact]
    public void Run_OtherSeedNoDropout_GoesThroughTheRowsInAnotherOrder()
    {
        float[] Train(int seed)
        {
            var network = new Network(NetworkDefinition.Empty.Dense(3), Shape.Vector(5), seed: 1);
            Loop(network, Settings with { Seed = seed, Epochs = 1 }).Run(Some.Clusters(100, 5, 3, seed: 2));
            return network.TrainableParameters[0].Value.ToArray();
        }

        Train(3).Should().NotEqual(Train(4));
    }

    [Fact]
    public void Run_Dropout_DropsOthersInEveryStep()
    {
        var builder = new DatasetBuilder(3, hasWeights: false);
        for (var i = 0; i < 20; i++)
            builder.Add([1, 2, 3], target: 0);
        var network = new Network(NetworkDefinition.Empty.Dropout(0.5f).Dense(2), Shape.Vector(3), seed: 1);
        var frozen = Settings with { Epochs = 2, BatchSize = 20, Optimizer = new Sgd { LearningRate = 1e-30f } };

        var losses = Loop(network, frozen).Run(builder.ToDataset()).History.Select(report => report.TrainingLoss).ToList();

        losses[0].Should().NotBe(losses[1]);   // rows and weights are the same, only the dropped values can differ
    }

    [Fact]
    public void Run_Validation_ChangesNothingInTraining()
    {
        var (with, without) = (Some.SmallNetwork(), Some.SmallNetwork());
        var training = Some.Clusters(100, 5, 3, seed: 2);

        Loop(with).Run(training, Some.Clusters(37, 5, 3, seed: 9));
        Loop(without).Run(training);

        with.TrainableParameters[0].Value.ToArray().Should().Equal(without.TrainableParameters[0].Value.ToArray());
    }

    [Fact]
    public void Run_Weights_MetricsAreWeightedMeans()
    {
        // Row 0 of every three says class 0 with weight 1, the other two say class 1 with weights 3 and 0.
        var builder = new DatasetBuilder(1, hasWeights: true);
        for (var i = 0; i < 30; i++)
            builder.Add([0], target: i % 3 == 0 ? 0 : 1, weight: (i % 3) switch { 0 => 1, 1 => 3, _ => 0 });
        var data = builder.ToDataset();
        var network = new Network(NetworkDefinition.Empty.Dense(2), Shape.Vector(1), seed: 1);
        (network.TrainableParameters[1].Value[0], network.TrainableParameters[1].Value[1]) = (1, 0);
        var frozen = Settings with { Epochs = 1, Optimizer = new Sgd { LearningRate = 1e-30f } };

        var report = Loop(network, frozen).Run(data, data).History.Single();

        var expected = Math.Log(1 + Math.Exp(-1)) / 4 + 3 * Math.Log(1 + Math.Exp(1)) / 4;
        report.TrainingLoss.Should().BeApproximately(expected, 1e-6);   // float32 softmax
        report.ValidationLoss.Should().BeApproximately(expected, 1e-6);
        report.TrainingMetric.Should().Be(0.25);
        report.ValidationMetric.Should().Be(0.25);
    }

    [Fact]
    public void Run_InfiniteFeature_StopsAndSaysWhere()
    {
        var builder = new DatasetBuilder(5, hasWeights: false);
        for (var i = 0; i < 40; i++)
            builder.Add([1, 2, 3, i, float.PositiveInfinity], i % 3);
        var run = () => Loop(Some.SmallNetwork()).Run(builder.ToDataset());

        var thrown = run.Should().Throw<TrainingDivergedException>()
            .WithMessage("*NaN in epoch 1, step 1.*learning rate (it is 0.01)*").Which;
        (thrown.Epoch, thrown.Step).Should().Be((1, 1));
    }

    [Fact]
    public void Run_DivergedInValidation_SaysSo()
    {
        var builder = new DatasetBuilder(5, hasWeights: false);
        builder.Add([1, 2, 3, 4, float.NaN], 0);
        var run = () => Loop(Some.SmallNetwork()).Run(Some.Clusters(40, 5, 3, seed: 2), builder.ToDataset());

        run.Should().Throw<TrainingDivergedException>().WithMessage("*epoch 1, validation*");
    }

    [Fact]
    public void Run_LastBatchOfOne_JoinsTheOneBefore()
    {
        var run = () => Loop(Some.SmallNetwork()).Run(Some.Clusters(33, 5, 3, seed: 2));   // 16 + 17

        run.Should().NotThrow();
    }

    [Fact]
    public void Run_DataThatCannotTrain_IsRefusedAtOnce()
    {
        var oneRow = () => Loop(Some.SmallNetwork()).Run(Some.Clusters(1, 5, 3, seed: 2));
        var otherSize = () => Loop(Some.SmallNetwork()).Run(Some.Clusters(10, 4, 3, seed: 2));
        var weightless = new DatasetBuilder(5, hasWeights: true);
        weightless.Add(new float[5], 0, weight: 0);
        weightless.Add(new float[5], 1, weight: 0);
        var noWeight = () => Loop(Some.SmallNetwork()).Run(weightless.ToDataset());

        oneRow.Should().Throw<ArgumentException>().WithMessage("Training needs at least 2 rows, got 1.*");
        otherSize.Should().Throw<ArgumentException>().WithMessage("The network takes 5 features, the training rows have 4.*");
        noWeight.Should().Throw<ArgumentException>().WithMessage("*weights sum to 0*");
    }

    [Fact]
    public void Run_MoreEpochs_AllocatesNothingPerStep()
    {
        long Allocated(int epochs, int rows)
        {
            var settings = Settings with { Epochs = epochs, Schedule = new CosineSchedule().WithWarmUp(3) };
            var data = Some.Clusters(rows, 5, 3, seed: 2);
            return Allocations.Of(() => Loop(Some.SmallNetwork(), settings).Run(data));
        }

        // An epoch allocates a report, a score and so on; 4 batches or 63 make no difference to that.
        (Allocated(7, 1000) - Allocated(2, 1000)).Should().BeCloseTo(Allocated(7, 64) - Allocated(2, 64), 2000);
    }

    private static TrainingLoop Loop(Network network, TrainingSettings? settings = null) =>
        new(network, new SoftmaxCrossEntropy(), settings ?? Settings);
}
