using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Search;

public class NeuralNetworkSearchTests
{
    [Fact]
    public void Run_Grid_JudgesEveryTrialByTheRowsLeftOut()
    {
        var result = Searches.Of(
            Searches.Options(SearchMethod.Grid), trial => Toy.Quick with { Epochs = trial.Choose("epochs", 1, 4) }).Run(Searches.Data);

        var divided = Searches.Divided(Searches.Data);
        result.Trials.Select(trial => trial.Values["epochs"]).Should().Equal(1, 4);
        foreach (var trial in result.Trials)
        {
            var model = Toy.Trainer(trial.Options).Fit(divided.TrainSet);
            trial.Metric.Should().Be(Toy.ML.MulticlassClassification.Evaluate(model.Transform(divided.TestSet)).MicroAccuracy);
            (trial.Outcome, trial.Epochs).Should().Be((TrialOutcome.Completed, trial.Options.Epochs!.Value));
        }

        result.Trials[0].Metric.Should().NotBe(result.Trials[1].Metric, "else the test says little");
    }

    [Fact]
    public void Run_LabelsAtRandom_FindsAMetricOfChance()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 150).Select(_ => new NoiseRow
        {
            Label = random.Next(2) == 0,
            Features = [.. Enumerable.Range(0, 60).Select(_ => random.NextSingle())],
        });

        var result = Toy.ML.BinaryClassification.Trainers.NeuralNetworkSearch(
            _ => Toy.Quick with { Network = net => net.Dense(64).BatchNorm().Relu(), Epochs = 60 },
            Searches.Options(SearchMethod.Random(1))).Run(Formula.View(rows.ToArray()));

        result.Model.Model.History[^1].TrainingMetric.Should().BeGreaterThan(0.95, "it knows its rows by heart");
        result.Best.Metric.Should().BeLessThan(0.75, "a half, and its deviation over 30 rows is 0.09");
    }

    [Fact]
    public void Run_SuccessiveHalving_TrainsTheBestOfEachPartFurther()
    {
        var (reports, epochs) = (new List<TrialReport>(), 0);
        var result = Searches.Of(
            Searches.Options() with { Progress = reports.Add },
            trial => Searches.Space(trial) with { Progress = _ => epochs++ }).Run(Searches.Data);

        reports.Select(report => report.Epochs).Should().Equal(1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 9);
        epochs.Should().Be(9 * 1 + 3 * 2 + 1 * 6, "each part goes on where the one before was stopped");
        reports[..9].Select(report => report.Number).Should().BeInAscendingOrder();
        reports[9..12].Select(report => report.Number).Should().Equal(BestOf(reports[..9], 3));
        reports[12].Number.Should().Be(BestOf(reports[9..12], 1).Single());
        result.Best.Should().Be(reports[12]);
        result.Trials.CountBy(trial => (trial.Epochs, trial.Outcome)).Should().BeEquivalentTo(
            new Dictionary<(int, TrialOutcome), int>
            {
                [(1, TrialOutcome.Stopped)] = 6,
                [(3, TrialOutcome.Stopped)] = 2,
                [(9, TrialOutcome.Completed)] = 1,
            });

        static IEnumerable<int> BestOf(IEnumerable<TrialReport> part, int count) => part
            .OrderByDescending(report => report.Metric).ThenBy(report => report.Number).Take(count).Select(report => report.Number);
    }

    [Theory]
    [InlineData(10, 3, 3, "2, 4, 10")]
    [InlineData(9, 2, 4, "2, 3, 5, 9")]
    [InlineData(2, 3, 3, "1, 2")]   // the second part has no epoch
    public void Run_SuccessiveHalving_GivesTheBitsOfAnUndisturbedTraining(int epochs, int factor, int rungs, string parts)
    {
        var trained = new List<int>();
        var result = Searches.Of(
            Searches.Options(SearchMethod.SuccessiveHalving(9, factor, rungs)) with { Progress = report => trained.Add(report.Epochs) },
            trial => Searches.Space(trial) with { Epochs = epochs }).Run(Searches.Data);

        var divided = Searches.Divided(Searches.Data);
        var undisturbed = Toy.Trainer(result.Best.Options with { ValidationData = divided.TestSet }).Fit(divided.TrainSet);

        string.Join(", ", trained.Distinct()).Should().Be(parts);
        Toy.PayloadOf(result.Model, Searches.Data).Should().Equal(Toy.PayloadOf(undisturbed, Searches.Data));
    }

    [Fact]
    public void Run_SuccessiveHalvingWithEarlyStopping_GivesTheBitsOfAnUndisturbedTraining()
    {
        var result = Searches.Of(Searches.Options(SearchMethod.SuccessiveHalving(4, 2, 3)), trial => Searches.Space(trial) with
        {
            Epochs = 24,
            Schedule = new ConstantSchedule(),
            EarlyStopping = new EarlyStopping { Patience = 1, MinimumImprovement = 0.05f },
        }).Run(Searches.Data);

        var divided = Searches.Divided(Searches.Data);
        var undisturbed = Toy.Trainer(result.Best.Options with { ValidationData = divided.TestSet }).Fit(divided.TrainSet);

        undisturbed.Model.StopReason.Should().Be(StopReason.EarlyStopping);
        result.Best.Outcome.Should().Be(TrialOutcome.Completed);
        Toy.PayloadOf(result.Model, Searches.Data).Should().Equal(Toy.PayloadOf(undisturbed, Searches.Data));
    }

    [Fact]
    public void Run_Folds_JudgesByMeanAndDeviationAndTrainsOnAllRows()
    {
        var options = Searches.Options(SearchMethod.Grid) with { Folds = 3, Metric = nameof(MulticlassClassificationMetrics.LogLoss) };

        var result = Searches.Of(options, trial => Toy.Quick with { Epochs = trial.Choose("epochs", 1, 3) }).Run(Searches.Data);

        foreach (var trial in result.Trials)
        {
            var folds = Toy.ML.MulticlassClassification
                .CrossValidate(Searches.Data, Toy.Trainer(trial.Options), numberOfFolds: 3, seed: 5);
            double[] losses = [.. folds.Select(fold => fold.Metrics.LogLoss)];
            trial.Metric.Should().BeApproximately(losses.Average(), 1e-12);
            trial.Deviation.Should().BeApproximately(Math.Sqrt(losses.Sum(loss => Math.Pow(loss - losses.Average(), 2)) / 2), 1e-12);
        }

        result.Best.Metric.Should().Be(result.Trials.Min(trial => trial.Metric), "less loss is better");
        Toy.PayloadOf(result.Model, Searches.Data).Should()
            .Equal(Toy.PayloadOf(Toy.Trainer(result.Best.Options).Fit(Searches.Data), Searches.Data));
    }

    [Fact]
    public void Run_FoldsInParts_GoOnWhereEachWasStopped()
    {
        var method = SearchMethod.SuccessiveHalving(2, 2, 2);

        var result = Searches.Of(Searches.Options(method) with { Folds = 2 }).Run(Searches.Data);

        var folds = Toy.ML.MulticlassClassification
            .CrossValidate(Searches.Data, Toy.Trainer(result.Best.Options), numberOfFolds: 2, seed: 5);
        result.Best.Epochs.Should().Be(9);
        result.Best.Metric.Should().BeApproximately(folds.Average(fold => fold.Metrics.MicroAccuracy), 1e-12);
    }

    [Fact]
    public void Run_RowsThatBelongTogether_AreNotDivided()
    {
        // Two rows of each point, one of which tells the label of the other.
        var random = new Random(2);
        var rows = Enumerable.Range(0, 200).SelectMany(i =>
        {
            float[] features = [random.NextSingle(), random.NextSingle()];
            var label = random.Next(2) == 0;
            return Enumerable.Repeat(new GroupedRow { Group = i, Features = features, Label = label }, 2);
        }).ToArray();
        var options = new NeuralNetworkSearchOptions { Method = SearchMethod.Random(1), Seed = 1, SamplingKeyColumnName = "Group" };

        var result = Toy.ML.BinaryClassification.Trainers.NeuralNetworkSearch(
            _ => Toy.Quick with { Network = net => net.Dense(4), Epochs = 1 }, options).Run(Toy.ML.Data.LoadFromEnumerable(rows));

        result.Best.Metric.Should().Be(Toy.ML.BinaryClassification.Evaluate(result.Model.Transform(
            Toy.ML.Data.TrainTestSplit(Toy.ML.Data.LoadFromEnumerable(rows), 0.2, "Group", seed: 1).TestSet)).Accuracy);
    }

    public static TheoryData<string, NeuralNetworkSearchOptions, int> Undividable => new()
    {
        { "*Folds 100 leaves none to judge trials by. Use more rows or fewer folds.", new() { Folds = 100 }, 30 },
        { "*ValidationFraction 0.2 leaves none to judge trials by. Use more rows or another fraction.", new(), 2 },
        { "*ValidationFraction 0.9999 leaves none to train on. *", new() { ValidationFraction = 0.9999f }, 30 },
        { "*in column 'Label' stay together. *", new() { SamplingKeyColumnName = "Label" }, 1 },
        { "There is no sampling key column 'Labels'. Did you mean*", new() { SamplingKeyColumnName = "Labels" }, 30 },
        { "There is no row to train on: the data has no rows.*", new(), 0 },
    };

    [Theory]
    [MemberData(nameof(Undividable))]
    public void Run_RowsThatCannotBeDivided_SaysWhy(string message, NeuralNetworkSearchOptions options, int rows)
    {
        var data = Toy.ML.Data.SkipRows(Searches.Data, 150 - rows);
        var run = () => Searches.Of(options with { Method = SearchMethod.Random(1), Seed = 1 }).Run(data);

        run.Should().Throw<Exception>().WithMessage(message).And.Message.Should().NotContain("ValidationData");
    }

    [Fact]
    public void Run_TimeLimitLongerThanATimerRuns_EndsWithItsTrials() =>
        Searches.Of(Searches.Options(SearchMethod.Random(1)) with { TimeLimit = TimeSpan.MaxValue }).Run(Searches.Data)
            .Trials.Should().ContainSingle();

    [Fact]
    public void Run_ATrialDiverges_CountsItAsFailedAndGoesOn()
    {
        var result = Searches.Of(Searches.Options(SearchMethod.Grid), trial => Toy.Quick with
        {
            Optimizer = new Sgd { LearningRate = trial.Choose("rate", 1e30f, 0.1f) },
        }).Run(Searches.Data);

        result.Trials[0].Should().Match<TrialReport>(trial => trial.Outcome == TrialOutcome.Failed && double.IsNaN(trial.Metric));
        result.Trials[0].Failure.Should().StartWith("The loss became NaN in epoch 1");
        result.Best.Number.Should().Be(1);
    }

    [Fact]
    public void Run_AllTrialsFail_ThrowsWithTheReason()
    {
        var search = Searches.Of(
            Searches.Options(SearchMethod.Random(2)), _ => Toy.Quick with { Optimizer = new Sgd { LearningRate = 1e30f } });

        search.Invoking(failing => failing.Fit(Searches.Data)).Should().Throw<InvalidOperationException>()
            .WithMessage("All trials failed. The first: trial 0: The loss became NaN*");
    }

    [Fact]
    public void Run_PredictionsWithoutAMetric_CountAsFailed()
    {
        var rows = Formula.Numbers(rows: 50);
        foreach (var row in rows)
            row.Label = 3;
        var search = Toy.ML.Regression.Trainers.NeuralNetworkSearch(_ => Toy.Quick, Searches.Options(SearchMethod.Random(1)));

        search.Invoking(failing => failing.Fit(Formula.View(rows))).Should().Throw<InvalidOperationException>()
            .WithMessage("*The predictions have no finite RSquared*", "labels that are all the same have no variance");
    }

    [Fact]
    public void Run_EqualTrials_TheFirstIsTheBest()
    {
        var result = Searches.Of(
            Searches.Options(SearchMethod.Grid), trial => Toy.Quick with { Epochs = 2 + 0 * trial.Choose("nothing", 1, 2, 3) })
            .Run(Searches.Data);

        result.Best.Number.Should().Be(0);
    }

    [Fact]
    public void Run_CancelledBetweenTrials_KeepsWhatIsDone()
    {
        using var cancellation = new CancellationTokenSource();
        var options = Searches.Options(SearchMethod.Random(9)) with { CancellationToken = cancellation.Token };

        var result = Searches.Of(options with { Progress = report => Cancel(cancellation, report.Number == 1) }).Run(Searches.Data);

        result.Trials.Select(trial => trial.Number).Should().Equal(0, 1);
    }

    [Fact]
    public void Run_CancelledWithinATraining_DoesNotCountIt()
    {
        using var cancellation = new CancellationTokenSource();
        var options = Searches.Options(SearchMethod.Random(9)) with { CancellationToken = cancellation.Token };
        var search = Searches.Of(options, trial => Searches.Space(trial) with
        {
            Progress = report => Cancel(cancellation, trial.Number == 2 && report.Epoch == 4),
        });

        search.Run(Searches.Data).Trials.Select(trial => trial.Number).Should().Equal(0, 1);
    }

    [Fact]
    public void Run_CancelledBeforeATrialIsDone_Throws()
    {
        var options = Searches.Options() with { CancellationToken = new CancellationToken(canceled: true) };

        Searches.Of(options).Invoking(search => search.Fit(Searches.Data)).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Run_TimeIsOver_KeepsWhatIsDone()
    {
        var options = Searches.Options(SearchMethod.Grid) with { TimeLimit = TimeSpan.FromSeconds(3) };

        var result = Searches.Of(options, trial => Toy.Quick with { Epochs = trial.Choose("epochs", 1, 1_000_000) }).Run(Searches.Data);

        result.Trials.Should().ContainSingle().Which.Epochs.Should().Be(1);
    }

    public static TheoryData<string, Func<NeuralNetworkOptions, NeuralNetworkOptions>> Decided => new()
    {
        { "ValidationFraction", options => options with { ValidationFraction = 0.1f } },
        { "ValidationData", options => options with { ValidationData = Searches.Data } },
        { "TimeLimit", options => options with { TimeLimit = TimeSpan.FromSeconds(1) } },
        { "CancellationToken", options => options with { CancellationToken = new CancellationToken(canceled: true) } },
        { "Checkpoint", options => options with { Checkpoint = new CheckpointOptions("file") } },
        { "ResumeFrom", options => options with { ResumeFrom = "file" } },
    };

    [Theory]
    [MemberData(nameof(Decided))]
    public void Search_OptionsThatItDecides_AreRefusedByName(string name, Func<NeuralNetworkOptions, NeuralNetworkOptions> change)
    {
        var search = () => Searches.Of(Searches.Options(), _ => change(Toy.Quick));

        search.Should().Throw<ArgumentException>().WithMessage($"The options of a trial set {name}, *");
    }

    public static TheoryData<string, Action> Contradictions => new()
    {
        { "*There is no metric 'Gini'*one of MicroAccuracy, MacroAccuracy, LogLoss, *", () => Searches.Of(new() { Metric = "Gini" }) },
        { "*Both Folds and ValidationFraction*", () => Searches.Of(new() { Folds = 2, ValidationFraction = 0.3f }) },
        { "*set EarlyStopping,*Folds*", () => Searches.Of(new() { Folds = 2 }, _ => new() { EarlyStopping = new(), Epochs = 1 }) },
        { "*returned null for trial 0*", () => Searches.Of(new(), _ => null!) },
        {
            "Trial 1 has another LabelColumnName than trial 0*",
            () => Searches.Of(new(), trial => Toy.Quick with { LabelColumnName = $"{trial.Number}" })
        },
        {
            "*option RegressionLoss*",
            () => Searches.Of(new(), _ => Toy.Quick with { RegressionLoss = RegressionLoss.Absolute })
        },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Search_WhatThereCannotBe_IsRefusedAtOnce(string message, Action search) =>
        search.Should().Throw<ArgumentException>().WithMessage(message);

    [Theory]
    [InlineData("MicroAccuracy", true)]
    [InlineData("MacroAccuracy", true)]
    [InlineData("LogLoss", false)]
    [InlineData("LogLossReduction", true)]
    public void Metric_OfClasses_IsThatOfMLNet(string name, bool isHigherBetter) => Check(
        options => Searches.Of(options, _ => Toy.Quick with { Epochs = 2 }), Searches.Data, name, isHigherBetter,
        scored => Toy.ML.MulticlassClassification.Evaluate(scored));

    [Theory]
    [InlineData("Accuracy", true)]
    [InlineData("AreaUnderRocCurve", true)]
    [InlineData("AreaUnderPrecisionRecallCurve", true)]
    [InlineData("F1Score", true)]
    [InlineData("LogLoss", false)]
    [InlineData("LogLossReduction", true)]
    public void Metric_OfYesOrNo_IsThatOfMLNet(string name, bool isHigherBetter) => Check(
        options => Toy.ML.BinaryClassification.Trainers.NeuralNetworkSearch(_ => Toy.Quick with { Epochs = 2 }, options),
        Formula.View(Formula.YesNos(rows: 200)), name, isHigherBetter, scored => Toy.ML.BinaryClassification.Evaluate(scored));

    [Theory]
    [InlineData("RSquared", true)]
    [InlineData("MeanAbsoluteError", false)]
    [InlineData("MeanSquaredError", false)]
    [InlineData("RootMeanSquaredError", false)]
    public void Metric_OfNumbers_IsThatOfMLNet(string name, bool isHigherBetter) => Check(
        options => Toy.ML.Regression.Trainers.NeuralNetworkSearch(_ => Toy.Quick with { Epochs = 2 }, options),
        Formula.View(Formula.Numbers(rows: 200)), name, isHigherBetter, scored => Toy.ML.Regression.Evaluate(scored));

    [Fact]
    public void Fit_InAPipeline_StandsWhereTheTrainerWould()
    {
        var search = Searches.Of(Searches.Options(SearchMethod.Random(2)));

        EstimatorContract.Verify(search, Searches.Data);

        var pipeline = Toy.ML.Transforms.Conversion.MapValueToKey("Label").Append(search)
            .Append(Toy.ML.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        pipeline.Fit(Toy.View(Toy.Examples())).Should().NotBeNull();
    }

    [Fact]
    public void Run_AThreadLimitOrNot_FindsTheSame()
    {
        var one = Searches.Of(Searches.Options(), trial => Searches.Space(trial) with { NumberOfThreads = 1 }).Run(Searches.Data);
        var all = Searches.Of(Searches.Options()).Run(Searches.Data);

        Searches.Table(one).Should().Equal(Searches.Table(all));
        Toy.PayloadOf(one.Model, Searches.Data).Should().Equal(Toy.PayloadOf(all.Model, Searches.Data));
    }

    [Fact]
    public void WriteCsv_Trials_HasAColumnForEveryName()
    {
        var result = Searches.Of(Searches.Options(SearchMethod.Grid), trial =>
        {
            var kind = trial.Choose("kind", "a, \"b\"", "c");
            return Toy.Quick with { Epochs = kind == "c" ? trial.Choose("epochs", 1, 2) : 1 };
        }).Run(Searches.Data);
        using var writer = new StringWriter();

        result.WriteCsv(writer);

        var lines = writer.ToString().Split('\n');
        lines[0].Should().Be("trial,kind,epochs,MicroAccuracy,deviation,epochs,seconds,seed,outcome,failure");
        lines[1].Should().StartWith("0,\"a, \"\"b\"\"\",,").And.EndWith(",1,Completed,");
        lines[3].Should().StartWith("2,c,2,").And.EndWith(",1,Completed,");
        lines.Should().HaveCount(5);
    }

    private static void Cancel(CancellationTokenSource source, bool now)
    {
        if (now)
            source.Cancel();
    }

    private static void Check<TMetrics>(
        Func<NeuralNetworkSearchOptions, NeuralNetworkSearch> search, IDataView data, string name, bool isHigherBetter,
        Func<IDataView, TMetrics> evaluate)
    {
        var result = search(Searches.Options(SearchMethod.Random(1)) with { Metric = name }).Run(data);

        var expected = evaluate(result.Model.Transform(Searches.Divided(data).TestSet));
        result.Best.Metric.Should().Be((double)typeof(TMetrics).GetProperty(name)!.GetValue(expected)!);
        (result.Best.MetricName, result.IsHigherBetter).Should().Be((name, isHigherBetter));
    }

    private sealed class NoiseRow
    {
        public bool Label { get; init; }

        [VectorType(60)]
        public float[] Features { get; init; } = [];
    }

    private sealed class GroupedRow
    {
        public float Group { get; init; }

        public bool Label { get; init; }

        [VectorType(2)]
        public float[] Features { get; init; } = [];
    }
}
