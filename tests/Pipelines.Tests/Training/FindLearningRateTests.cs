using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

public class FindLearningRateTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    [Fact]
    public void FindLearningRate_Multiclass_SuggestsARateThatTrains()
    {
        var curve = Toy.Trainer(Toy.Quick with { ClassWeights = ClassWeights.Balanced }).FindLearningRate(Data);

        var rate = curve.Suggestion!.Value;
        curve.Points[0].LearningRate.Should().Be(1e-6f);
        Toy.Trainer(Toy.Quick with { Optimizer = new Adam { LearningRate = rate } }).Fit(Data)
            .Model.History[^1].TrainingMetric.Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void FindLearningRate_SameTrainer_LeavesNothingBehind()
    {
        var trainer = Toy.Trainer();
        var expected = Toy.PayloadOf(Toy.Trainer().Fit(Data), Data);

        var curves = Enumerable.Range(0, 2).Select(_ => trainer.FindLearningRate(Data, lowest: 1e-4f, highest: 1, steps: 12)).ToArray();

        curves[1].Points.Should().Equal(curves[0].Points);
        curves[0].Points.Should().HaveCountLessThanOrEqualTo(12);
        Toy.PayloadOf(trainer.Fit(Data), Data).Should().Equal(expected);
    }

    [Fact]
    public void FindLearningRate_BinaryAndRegression_StartAtTheLossOfKnowingNothing()
    {
        var binary = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Formula.Quick).FindLearningRate(Formula.View(Formula.YesNos()));
        var regression = Toy.ML.Regression.Trainers.NeuralNetwork(Formula.Quick).FindLearningRate(Formula.View(Formula.Numbers()));

        // The cross-entropy of a guess is ln 2, and the mean of targets that are standardized, though they lie near 50,000, leaves 1: first
        // weights add to both.
        binary.Points[0].Loss.Should().BeInRange(0.3, 3);
        regression.Points[0].Loss.Should().BeInRange(0.3, 10);
        binary.Suggestion.Should().BeInRange(1e-4f, 1);
        regression.Suggestion.Should().BeInRange(1e-4f, 1);
    }

    [Fact]
    public void FindLearningRate_Cancelled_Throws()
    {
        var find = () => Toy.Trainer(Toy.Quick with { CancellationToken = new CancellationToken(canceled: true) }).FindLearningRate(Data);

        find.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void FindLearningRate_MoreStepsThanThereCanBe_RunsUntilItIsCancelled()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var find = () => Toy.Trainer(Toy.Quick with { CancellationToken = cancellation.Token }).FindLearningRate(Data, steps: int.MaxValue);

        find.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void FindLearningRate_BadArguments_AreNamed()
    {
        ((Func<object>)(() => Toy.Trainer().FindLearningRate(null!))).Should().Throw<ArgumentNullException>().WithParameterName("input");
        ((Func<object>)(() => Toy.Trainer().FindLearningRate(Data, lowest: 1, highest: 0.1f))).Should().Throw<ArgumentException>()
            .WithMessage("*highest learning rate (0.1)*lowest (1)*");
        ((Func<object>)(() => Toy.Trainer().FindLearningRate(Data, steps: 1))).Should().Throw<ArgumentOutOfRangeException>()
            .WithParameterName("steps");
    }
}
