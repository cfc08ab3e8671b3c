using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class TrainingControlTests
{
    private static readonly TrainingSettings Settings = new()
    {
        Epochs = 40,
        BatchSize = 16,
        Seed = 3,
        Optimizer = new Adam { LearningRate = 0.01f },
    };

    [Fact]
    public void Run_EarlyStopping_RestoresTheBestEpoch()
    {
        var network = Some.SmallNetwork();
        var (training, validation) = Noise();
        var parameters = new List<float[]>();
        var settings = Settings with
        {
            EarlyStopping = new EarlyStopping { Patience = 4 },
            EpochDone = _ => parameters.Add(State(network)),
        };

        var result = Loop(network, settings).Run(training, validation);

        result.StopReason.Should().Be(StopReason.EarlyStopping);
        result.BestEpoch.Should().Be(result.History.MinBy(report => report.ValidationLoss)!.Epoch);
        result.History.Count.Should().Be(result.BestEpoch + 4);
        State(network).Should().Equal(parameters[result.BestEpoch!.Value - 1]).And.NotEqual(parameters[^1]);
    }

    [Fact]
    public void IsOver_ImprovementsBelowTheMinimum_DoNotCount()
    {
        var stopping = new EarlyStopping { Patience = 2, MinimumImprovement = 0.1f };

        stopping.IsOver([1, 0.95]).Should().BeFalse();
        stopping.IsOver([1, 0.95, 0.91]).Should().BeTrue();
        stopping.IsOver([1, 0.95, 0.8]).Should().BeFalse();
    }

    [Fact]
    public void IsOver_EqualLossesWithoutMinimum_DoNotCount()
    {
        var stopping = new EarlyStopping { Patience = 2 };

        stopping.IsOver([1, 1]).Should().BeFalse();
        stopping.IsOver([1, 1, 1]).Should().BeTrue();
        stopping.IsOver([1, 1, Math.BitDecrement(1)]).Should().BeFalse();
    }

    [Fact]
    public void Run_EqualValidationLosses_KeepTheFirstEpoch()
    {
        var network = new Network(NetworkDefinition.Empty.Dense(3), Shape.Vector(5), seed: 1);
        var (training, validation) = Noise();
        var settings = Settings with { Epochs = 4, Optimizer = new Sgd { LearningRate = 1e-30f } };   // no weight changes

        var result = Loop(network, settings).Run(training, validation);

        result.History.Select(epoch => epoch.ValidationLoss).Distinct().Should().ContainSingle();
        result.BestEpoch.Should().Be(1);
    }

    [Fact]
    public void Run_EarlyStoppingWithoutValidation_IsRefused()
    {
        var loop = Loop(Some.SmallNetwork(), Settings with { EarlyStopping = new EarlyStopping() });
        var run = () => loop.Run(Some.Clusters(40, 5, 3, seed: 2));

        run.Should().Throw<ArgumentException>().WithMessage("Early stopping needs validation rows*");
    }

    [Theory]
    [InlineData(100f, true)]
    [InlineData(1e9f, false)]
    public void Run_LearningRateFarTooLarge_SaysThatItDiverged(float learningRate, bool batchNorm)
    {
        var warnings = new List<string>();
        var hidden = batchNorm ? NetworkDefinition.Empty.Dense(9).BatchNorm().Relu() : NetworkDefinition.Empty;
        var network = new Network(hidden.Dense(3), Shape.Vector(5), seed: 1);
        var settings = Settings with { Epochs = 3, Optimizer = new Sgd { LearningRate = learningRate }, Warning = warnings.Add };

        var result = Loop(network, settings).Run(Noise().Training);

        result.StopReason.Should().Be(StopReason.Diverged);
        result.History[^1].TrainingLoss.Should().BeGreaterThan(3 * Math.Log(3));
        warnings.Should().ContainSingle().Which.Should().Match(
            "*training loss of epoch 3 is*the same for every row has 1.099*"
            + $"Lower LearningRate of the option Optimizer (it is {learningRate:G4})*FindLearningRate*ClipNorm*");
    }

    [Fact]
    public void Run_DivergedWithValidation_GivesTheBestEpoch()
    {
        var network = Some.SmallNetwork();
        var parameters = new List<float[]>();
        var (training, validation) = Noise();
        var settings = Settings with
        {
            Epochs = 6,
            Optimizer = new Sgd { LearningRate = 1e3f },
            EpochDone = _ => parameters.Add(State(network)),
        };

        var result = Loop(network, settings).Run(training, validation);

        result.StopReason.Should().Be(StopReason.Diverged);
        State(network).Should().Equal(parameters[result.BestEpoch!.Value - 1]);
    }

    [Theory]
    [InlineData(3.1, 1.0, true)]
    [InlineData(3.0, 1.0, false)]
    [InlineData(2.9, 1.0, false)]
    [InlineData(0.5, 0.0, false)]    // targets that are all the mean
    [InlineData(5.0, null, false)]
    [InlineData(5.0, -1.0, false)]
    public void WarningFor_LossOfZeros_IsWhatALossIsMeasuredBy(double loss, double? lossOfZeros, bool warns)
    {
        var epoch = new EpochReport(1, 1, "accuracy", loss, 0.5, null, null, 0.1f, 1, TimeSpan.Zero);

        (Divergence.WarningFor(epoch, lossOfZeros, learningRate: 1) is not null).Should().Be(warns);
    }

    [Fact]
    public void Run_NoEarlyStopping_KeepsTheLastEpoch()
    {
        var network = Some.SmallNetwork();
        float[] last = [];
        var (training, validation) = Noise();

        var result = Loop(network, Settings with { EpochDone = _ => last = State(network) }).Run(training, validation);

        result.StopReason.Should().Be(StopReason.Completed);
        result.BestEpoch.Should().BeLessThan(40);
        State(network).Should().Equal(last);
    }

    [Fact]
    public void Run_CancelledWithinAnEpoch_StopsBeforeTheNextBatch()
    {
        using var source = new CancellationTokenSource();
        var network = Some.SmallNetwork();
        var batches = 0;
        float[] atCancellation = [];
        var settings = Settings with
        {
            IsCancelled = () => source.IsCancellationRequested,
            BatchReportEvery = 1,
            BatchDone = _ =>
            {
                if (++batches != 6)
                    return;
                atCancellation = State(network);
                source.Cancel();
            },
        };

        var result = Loop(network, settings).Run(Some.Clusters(64, 5, 3, seed: 2));

        result.StopReason.Should().Be(StopReason.Cancelled);
        result.History.Count.Should().Be(1);   // of 4 batches
        batches.Should().Be(6);
        State(network).Should().Equal(atCancellation);
    }

    [Fact]
    public void Run_CancelledWithValidation_GivesTheBestModelSoFar()
    {
        using var source = new CancellationTokenSource();
        var network = Some.SmallNetwork();
        var parameters = new List<float[]>();
        var (training, validation) = Noise();
        var settings = Settings with
        {
            IsCancelled = () => source.IsCancellationRequested,
            EpochDone = report =>
            {
                parameters.Add(State(network));
                if (report.Epoch == 30)
                    source.Cancel();
            },
        };

        var result = Loop(network, settings).Run(training, validation);

        result.StopReason.Should().Be(StopReason.Cancelled);
        result.BestEpoch.Should().BeLessThan(30);
        State(network).Should().Equal(parameters[result.BestEpoch!.Value - 1]);
    }

    [Fact]
    public void Run_CancelledDuringValidation_LeavesThatEpochOut()
    {
        var (training, validation) = Noise();   // 4 batches each
        var asked = 0;
        var settings = Settings with { IsCancelled = () => ++asked > 6 };

        var result = Loop(Some.SmallNetwork(), settings).Run(training, validation);

        result.StopReason.Should().Be(StopReason.Cancelled);
        result.History.Should().BeEmpty();
        result.BestEpoch.Should().BeNull();
    }

    [Fact]
    public void Run_CancelledInTheCallbackOfTheLastEpoch_IsCompleted()
    {
        var isCancelled = false;
        var settings = Settings with { Epochs = 3, IsCancelled = () => isCancelled, EpochDone = epoch => isCancelled = epoch.Epoch == 3 };

        var result = Loop(Some.SmallNetwork(), settings).Run(Noise().Training);

        result.StopReason.Should().Be(StopReason.Completed);
        result.History.Should().HaveCount(3);
    }

    [Fact]
    public void Run_CallbackThatThrows_LetsItThrough()
    {
        var thrown = new Exception[] { new InvalidDataException("no room"), new OperationCanceledException("of something else") };
        foreach (var exception in thrown)
        {
            Surfaces(Settings with { EpochDone = _ => throw exception });
            Surfaces(Settings with { BatchReportEvery = 1, BatchDone = _ => throw exception });
            Surfaces(Settings with { SaveCheckpoint = _ => throw exception });

            void Surfaces(TrainingSettings settings)
            {
                var run = () => Loop(Some.SmallNetwork(), settings).Run(Noise().Training);
                run.Should().Throw<Exception>().Which.Should().BeSameAs(exception);
            }
        }
    }

    [Fact]
    public void Run_Schedule_SetsTheLearningRateOfEveryStep()
    {
        var rates = new List<float>();
        var settings = Settings with
        {
            Epochs = 3,
            Schedule = new ExponentialSchedule(0.5f).WithWarmUp(1),
            BatchReportEvery = 1,
            BatchDone = report => rates.Add(report.LearningRate),
        };

        var result = Loop(Some.SmallNetwork(), settings).Run(Some.Clusters(32, 5, 3, seed: 2));

        rates.Should().Equal(0.005f, 0.01f, 0.005f, 0.005f, 0.0025f, 0.0025f);
        result.History.Select(report => report.LearningRate).Should().Equal(0.01f, 0.005f, 0.0025f);
    }

    [Fact]
    public void Run_RateOfZero_ChangesNoWeights()
    {
        var (trained, fresh) = (Some.SmallNetwork(), Some.SmallNetwork());
        var settings = Settings with { Epochs = 1, Schedule = new CosineSchedule(), Optimizer = new Sgd { LearningRate = 1e-30f } };

        Loop(trained, settings).Run(Some.Clusters(32, 5, 3, seed: 2));

        trained.TrainableParameters[0].Value.ToArray().Should().Equal(fresh.TrainableParameters[0].Value.ToArray());
    }

    [Fact]
    public void Run_BatchReports_CountUp()
    {
        var reports = new List<BatchReport>();
        var settings = Settings with { Epochs = 2, BatchReportEvery = 2, BatchDone = reports.Add };

        var result = Loop(Some.SmallNetwork(), settings).Run(Some.Clusters(16 * 5, 5, 3, seed: 2));

        reports.Select(report => (report.Epoch, report.Step, report.Steps)).Should().Equal((1, 2, 5), (1, 4, 5), (2, 2, 5), (2, 4, 5));
        reports.Should().OnlyContain(report =>
            report.RowsPerSecond > 0 && report.Remaining > TimeSpan.Zero && report.Elapsed > TimeSpan.Zero);
        reports[^1].Loss.Should().BeApproximately(result.History[^1].TrainingLoss, 0.5).And.NotBe(result.History[^1].TrainingLoss);
        reports.Should().OnlyContain(report => report.MetricName == "accuracy" && report.Metric > 0 && report.Metric <= 1);
        reports[^1].Metric.Should().BeApproximately(result.History[^1].TrainingMetric, 0.2);   // over 64 of the 80 rows
        reports[^1].Remaining.Should().BeLessThan(reports[^1].Elapsed);   // 1 step of 10 is left
    }

    [Fact]
    public void BatchReport_ToString_IsOneLine() =>
        new BatchReport(3, 30, 200, 1000, 0.12345, "accuracy", 0.9651, 1e-3f, 12345.4, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(65))
            .ToString().Should().Be("epoch 3/30, batch 200/1000: loss 0.1235, accuracy 96.5 % (12,345 rows/s, 0:01:05 left)");

    [Fact]
    public void Run_Overfitting_WarnsOnce()
    {
        var warnings = new List<string>();
        var (training, validation) = Noise();

        Loop(Some.SmallNetwork(), Settings with { Epochs = 150, Warning = warnings.Add }).Run(training, validation);

        warnings.Should().ContainSingle().Which.Should().Match("*by heart: since epoch * validation loss rose from*");
    }

    [Fact]
    public void Run_NoOverfitting_DoesNotWarn()
    {
        var warnings = new List<string>();
        var (training, validation) = Some.Clusters(400, 5, 3, seed: 2).Split(0.2f, seed: 1);

        Loop(Some.SmallNetwork(), Settings with { Epochs = 5, Warning = warnings.Add }).Run(training, validation);

        warnings.Should().BeEmpty();
    }

    [Fact]
    public void Run_EndsWhileStillLearning_SaysThatItHasNotConverged()
    {
        WarningsOf(epochs: 2).Should().ContainSingle().Which.Should().Match(
            "*before it had converged*last of 2 epochs*option Epochs to more, for example 4.");
        WarningsOf(epochs: 100).Should().BeEmpty();

        static List<string> WarningsOf(int epochs)
        {
            var warnings = new List<string>();
            Loop(Some.SmallNetwork(), Settings with { Epochs = epochs, Warning = warnings.Add }).Run(Some.Clusters(400, 5, 3, seed: 2));
            return warnings;
        }
    }

    [Fact]
    public void Run_LossRisesAgain_SaysWhatToLower()
    {
        var rising = Settings with
        {
            Epochs = 12,
            Optimizer = new Adam { LearningRate = 1 },
            Schedule = new WarmUpSchedule(Steps: 12 * 25, new ConstantSchedule()),
        };

        WarningsOf(rising).Should().ContainSingle().Which.Should().Match(
            "Training did not settle: the training loss was * in epoch * and is * in epoch 12. "
            + "Lower LearningRate of the option Optimizer (it is 1)*ClipNorm*Schedule*EarlyStopping*");
        WarningsOf(rising with { Schedule = new CosineSchedule() }).Should().BeEmpty();
        WarningsOf(rising with { Epochs = 24, StopAfterEpoch = 12 }).Should().BeEmpty();   // it is to go on
        WarningsOf(rising with { EarlyStopping = new EarlyStopping { Patience = 12 } }, Some.Clusters(400, 5, 3, seed: 2))
            .Should().NotContain(warning => warning.Contains("did not settle"), "the weights of the best epoch are kept");

        static List<string> WarningsOf(TrainingSettings settings, Dataset? validation = null)
        {
            var warnings = new List<string>();
            Loop(Some.SmallNetwork(), settings with { Warning = warnings.Add }).Run(Some.Clusters(400, 5, 3, seed: 2), validation);
            return warnings;
        }
    }

    [Fact]
    public void Run_TimeLimit_EndsInTimeWithTheLowRateOfTheLastEpoch()
    {
        var reports = new List<BatchReport>();
        var settings = Settings with
        {
            Epochs = 1_000_000,
            Schedule = new CosineSchedule(),
            TimeLimit = TimeSpan.FromSeconds(0.5),
            BatchReportEvery = 1,
            BatchDone = reports.Add,
        };
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var result = Loop(Some.SmallNetwork(), settings).Run(Some.Clusters(400, 5, 3, seed: 2));

        result.StopReason.Should().Be(StopReason.TimeLimit);
        clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(5));
        reports.Select(report => report.LearningRate).Should().BeInDescendingOrder();
        reports[^1].LearningRate.Should().BeLessThan(0.2f * reports[0].LearningRate);   // one batch may be late on a busy machine
    }

    [Fact]
    public void Run_TimeLimitThatIsNotReached_ChangesNothing()
    {
        var settings = Settings with { Epochs = 2 };
        State(Trained(settings with { TimeLimit = TimeSpan.FromHours(1) })).Should().Equal(State(Trained(settings)));

        static Network Trained(TrainingSettings settings)
        {
            var network = Some.SmallNetwork();
            Loop(network, settings).Run(Some.Clusters(100, 5, 3, seed: 2)).StopReason.Should().Be(StopReason.Completed);
            return network;
        }
    }

    [Fact]
    public void Run_Regression_FindsTheLine()
    {
        var builder = new DatasetBuilder(2, hasWeights: false);
        for (var i = 0; i < 200; i++)
        {
            var row = Some.Values(2, seed: i);
            builder.Add(row, 2 * row[0] - 3 * row[1] + 0.5f);
        }

        var network = new Network(NetworkDefinition.Empty.Dense(1), Shape.Vector(2), seed: 1);
        var settings = Settings with { Optimizer = new Adam { LearningRate = 0.05f } };
        var result = new TrainingLoop(network, new SquaredError(), settings).Run(builder.ToDataset());

        result.History[^1].TrainingMetric.Should().BeGreaterThan(0.999);   // R^2 of a formula without noise
        network.TrainableParameters[0].Value.ShouldAgree([2, -3], 0.02);   // Adam's steps of 0.05 end near it
    }

    [Fact]
    public void Run_TrainedNetwork_GoesOnFromWhereItIs()
    {
        var data = Some.Clusters(100, 5, 3, seed: 2);
        var network = Some.SmallNetwork();
        var first = Loop(network, Settings with { Epochs = 20 }).Run(data);

        var second = Loop(network, Settings with { Epochs = 1 }).Run(data);

        second.History[0].TrainingLoss.Should().BeLessThan(first.History[0].TrainingLoss / 2);
        ((BatchNormLayer)network.Layers[1]).Batches.Should().Be(21 * 7);
    }

    [Fact]
    public void Run_OptimizerState_MakesADifference()
    {
        var data = Some.Clusters(100, 5, 3, seed: 2);
        float[] Train(bool keepState)
        {
            var network = Some.SmallNetwork();
            var state = Loop(network, Settings with { Epochs = 2, KeepOptimizerState = keepState }).Run(data).OptimizerState;
            (state is null).Should().Be(!keepState);
            new TrainingLoop(network, new SoftmaxCrossEntropy(), Settings with { Epochs = 1 }, state).Run(data);
            return State(network);
        }

        Train(keepState: true).Should().NotEqual(Train(keepState: false));
    }

    [Fact]
    public void Make_OptimizerStateOfAnother_IsRefused()
    {
        var first = Settings with { Epochs = 1, KeepOptimizerState = true };
        var state = Loop(Some.SmallNetwork(), first).Run(Some.Clusters(32, 5, 3, seed: 2)).OptimizerState;
        var adamW = Settings with { Optimizer = new AdamW() };
        var loss = new SoftmaxCrossEntropy();
        var otherRule = () => new TrainingLoop(Some.SmallNetwork(), loss, adamW, state);
        var otherNetwork = () => new TrainingLoop(Some.SmallNetwork(inputs: 6), loss, Settings, state);

        otherRule.Should().Throw<ArgumentException>().WithMessage("The saved state is of Adam with 2 numbers*does not fit AdamW*");
        otherNetwork.Should().Throw<ArgumentException>().WithMessage("The saved state is of Adam with*does not fit Adam*");
    }

    /// <summary>Labels that do not follow from the features, so that all there is to learn is learned by heart.</summary>
    private static (Dataset Training, Dataset Validation) Noise()
    {
        return (Rows(60, 1), Rows(60, 2));

        static Dataset Rows(int count, int seed)
        {
            var builder = new DatasetBuilder(5, hasWeights: false);
            for (var i = 0; i < count; i++)
                builder.Add(Some.Values(5, seed: 1000 * seed + i), target: i % 3);
            return builder.ToDataset();
        }
    }

    private static float[] State(Network network) =>
        [.. network.TrainableParameters.SelectMany(parameter => parameter.Value.ToArray()),
            .. ((BatchNormLayer)network.Layers[1]).RunningMean];

    private static TrainingLoop Loop(Network network, TrainingSettings settings) => new(network, new SoftmaxCrossEntropy(), settings);
}
