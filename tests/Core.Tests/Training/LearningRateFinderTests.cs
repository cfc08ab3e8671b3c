using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class LearningRateFinderTests
{
    private static readonly TrainingSettings Settings = new() { BatchSize = 16, Seed = 3, Optimizer = new Sgd() };

    // The loss of a line through x = 1 has the curvature 2 * (1 + 1), for weight and bias: gradient descent is stable up to a rate of 0.5.
    [Fact]
    public void Run_Parabola_SuggestsBelowTheLimitOfStability()
    {
        var builder = new DatasetBuilder(1, hasWeights: false);
        foreach (var target in Some.Values(64, seed: 5, shift: 3))
            builder.Add([1], target);
        var network = new Network(NetworkDefinition.Empty.Dense(1), Shape.Vector(1), seed: 1);

        var curve = LearningRateFinder.Run(network, new SquaredError(), Settings, builder.ToDataset(), lowest: 1e-4f);

        curve.Suggestion.Should().BeInRange(0.02f, 0.2f);
        curve.Points.Count.Should().BeLessThan(100);   // it breaks out before 10
        curve.Points[0].LearningRate.Should().Be(1e-4f);
        curve.Points.Select(point => point.LearningRate).Should().BeInAscendingOrder();
        (curve.Points[21].LearningRate / curve.Points[20].LearningRate).Should().BeApproximately(MathF.Pow(1e5f, 1 / 99f), 1e-4f);
    }

    [Fact]
    public void Run_Suggestion_Trains()
    {
        var data = Some.Clusters(200, 5, 3, seed: 2);
        var network = Some.SmallNetwork();
        var rate = LearningRateFinder.Run(network, new SoftmaxCrossEntropy(), Settings, data).Suggestion!.Value;

        var settings = Settings with { Epochs = 5, Optimizer = new Sgd { LearningRate = rate } };
        new TrainingLoop(network, new SoftmaxCrossEntropy(), settings).Run(data).History[^1].TrainingMetric.Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void Run_Network_IsAsBefore()
    {
        var network = Some.SmallNetwork();
        var before = Saved.Bytes(network);

        LearningRateFinder.Run(network, new SoftmaxCrossEntropy(), Settings, Some.Clusters(40, 5, 3, seed: 2), steps: 7);

        Saved.Bytes(network).Should().Equal(before);
    }

    [Fact]
    public void Run_Cancelled_EndsAndTakesItsStepsBack()
    {
        var network = Some.SmallNetwork();
        var before = Saved.Bytes(network);
        var asked = 0;
        var settings = Settings with { IsCancelled = () => ++asked == 5 };

        var run = () => LearningRateFinder.Run(network, new SoftmaxCrossEntropy(), settings, Some.Clusters(40, 5, 3, seed: 2));

        run.Should().Throw<OperationCanceledException>();
        asked.Should().Be(5);
        Saved.Bytes(network).Should().Equal(before);
    }

    [Fact]
    public void Run_LossThatCannotFall_SuggestsNothing()
    {
        var builder = new DatasetBuilder(1, hasWeights: false);
        builder.Add([0], 0);
        builder.Add([0], 0);
        var network = new Network(NetworkDefinition.Empty.Dense(1), Shape.Vector(1), seed: 1);

        LearningRateFinder.Run(network, new SquaredError(), Settings, builder.ToDataset()).Suggestion.Should().BeNull();
    }

    [Fact]
    public void Run_BadRange_SaysWhatIsWrong()
    {
        var data = Some.Clusters(40, 5, 3, seed: 2);
        var run = () => LearningRateFinder.Run(Some.SmallNetwork(), new SoftmaxCrossEntropy(), Settings, data, 1, 0.1f);

        run.Should().Throw<ArgumentException>().WithMessage("The highest learning rate (0.1) must be more than the lowest (1).*");
    }
}
