using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>The losses of a regression, from labels to Score.</summary>
public class RegressionLossTests
{
    // The slopes of absolute and quantile loss do not fall with the error, so the steps must.
    private static readonly NeuralNetworkOptions Quick =
        Formula.Quick with { Network = net => net.Dense(16).Tanh(), Schedule = new CosineSchedule() };

    private static readonly Number[] Counted = Counts(rows: 4000, seed: 5);

    public static TheoryData<RegressionLoss> All =>
        [.. LogLinks, RegressionLoss.Absolute, RegressionLoss.Huber(0.5f), RegressionLoss.Quantile(0.8f)];

    public static TheoryData<RegressionLoss> LogLinks => [RegressionLoss.Poisson, RegressionLoss.Tweedie(1.3f)];

    [Theory]
    [MemberData(nameof(LogLinks))]
    public void Fit_CountsWithLogLink_ScoreIsTheirMean(RegressionLoss loss)
    {
        var unseen = Counts(rows: 1000, seed: 6);

        var model = Fit(loss, Counted);

        var scores = Scores(model, unseen);
        var means = unseen.Select(row => MeanOf(row.Features)).ToArray();
        scores.Zip(means, (score, mean) => Math.Abs(score / mean - 1)).Average().Should().BeLessThan(0.1);
        scores.Average().Should().BeApproximately((float)means.Average(), 0.1f);
        // The counts themselves vary around their mean.
        model.Model.History[^1].TrainingMetric.Should().BeApproximately(RSquared(Counted, Counted.Select(r => MeanOf(r.Features))), 0.02);
    }

    [Theory]
    [MemberData(nameof(LogLinks))]
    public void Fit_LogLink_StartsAtTheMeanWhateverTheUnit(RegressionLoss loss)
    {
        var standstill = Quick with { Optimizer = new Sgd { LearningRate = 1e-20f }, Epochs = 1, Initializer = Initializer.Normal(1e-3f) };
        var large = InUnits(Counted, 1e6f);

        var scores = Scores(Trainer(standstill with { RegressionLoss = loss }).Fit(Formula.View(large)), large);

        var mean = large.Average(row => (double)row.Label);
        scores.Should().OnlyContain(score => Math.Abs(score / mean - 1) < 0.01);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Fit_OtherUnit_GivesTheSameModelInThatUnit(RegressionLoss loss)
    {
        var rows = Counted[..500];

        var model = Fit(loss, rows);
        var inThousandths = Fit(loss, InUnits(rows, 1 / 1024f));

        Scores(inThousandths, rows).Should().Equal(Scores(model, rows), (small, score) => Math.Abs(small * 1024 - score) < 1e-3);
        inThousandths.Model.History[^1].TrainingLoss.Should().BeApproximately(model.Model.History[^1].TrainingLoss, 1e-4);
    }

    [Fact]
    public void Fit_Quantile_ThatShareOfTheLabelsLiesBelowScore()
    {
        var rows = Formula.Numbers(rows: 4000);
        var unseen = Formula.Numbers(seed: 6);
        foreach (var tau in new[] { 0.1f, 0.9f })
        {
            var scores = Scores(Fit(RegressionLoss.Quantile(tau), rows), unseen);

            var below = unseen.Zip(scores).Count(pair => pair.First.Label < pair.Second) / (float)unseen.Length;
            below.Should().BeApproximately(tau, 0.04f);
            // The label has an even error of up to 200, so the quantile is 160 from the formula, to one side.
            unseen.Zip(scores, (row, score) => Math.Abs(score - Formula.NumberOf(row.Features) - (400 * tau - 200)))
                .Average().Should().BeLessThan(100);
        }
    }

    [Fact]
    public void Fit_LabelsWithOutliers_AbsoluteAndHuberStayWithTheOthers()
    {
        Number[] rows = [.. Formula.Numbers(rows: 4000).Select((row, i) => i % 20 == 0 ? InUnits([row], 1.5f)[0] : row)];

        var squared = MeanError(RegressionLoss.Squared);

        // One label in 20 is 25,000 too high, which moves the mean by 1,250.
        squared.Should().BeInRange(700, 1_500);
        MeanError(RegressionLoss.Absolute).Should().BeLessThan(squared / 5);
        MeanError(RegressionLoss.Huber(0.1f)).Should().BeLessThan(squared / 5);

        double MeanError(RegressionLoss loss) =>
            rows.Zip(Scores(Fit(loss, rows), rows), (row, score) => Math.Abs(score - Formula.NumberOf(row.Features))).Average();
    }

    [Theory]
    [MemberData(nameof(LogLinks))]
    public void Fit_LabelsAreAllZero_ScoresArePositiveAndSmall(RegressionLoss loss) =>
        Scores(Fit(loss, InUnits(Counted[..500], 0)), Counted).Should().OnlyContain(score => score > 0 && score < 0.1f);

    [Theory]
    [MemberData(nameof(LogLinks))]
    public void Fit_NegativeLabel_NamesColumnAndRow(RegressionLoss loss)
    {
        var negative = new Number { Label = -1, Features = [0, 0] };
        var options = Quick with { RegressionLoss = loss, ExampleWeightColumnName = "Weight", Epochs = 1 };
        var rows = Counted[..20];
        IDataView bad = Formula.View([.. rows, negative]), good = Formula.View(rows);

        var fit = () => Trainer(options).Fit(bad);
        var find = () => Trainer(options).FindLearningRate(bad);
        var validate = () => Trainer(options with { ValidationData = bad }).Fit(good);

        const string message = "'Label' has the value -1 in row 20.*0 or more*RegressionLoss*";
        fit.Should().Throw<InvalidOperationException>().WithMessage($"Column {message}");
        find.Should().Throw<InvalidOperationException>().WithMessage($"Column {message}");
        validate.Should().Throw<InvalidOperationException>().WithMessage("Column 'Label' of ValidationData has the value -1 in row 20.*");
        Trainer(options).Fit(Formula.View([.. rows, new Number { Label = -1, Features = [0, 0], Weight = 0 }])).Should().NotBeNull();
        Trainer(options with { RegressionLoss = RegressionLoss.Huber() }).Fit(bad).Should().NotBeNull();
    }

    [Fact]
    public void Fit_RegressionLossForClasses_IsRefusedBeforeRowsAreRead()
    {
        var options = Quick with { RegressionLoss = RegressionLoss.Huber() };
        var yesNos = Toy.ML.Data.LoadFromEnumerable(Unreadable<YesNo>());
        var keys = Toy.ML.Data.LoadFromEnumerable(Unreadable<KeyedExample>());

        var binary = () => Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(yesNos);
        var multiclass = () => Toy.Trainer(options).Fit(keys);

        binary.Should().Throw<ArgumentException>().WithMessage("The option RegressionLoss is Huber(1)*a number*");
        multiclass.Should().Throw<ArgumentException>().WithMessage("The option RegressionLoss is Huber(1)*a number*");

        static IEnumerable<TRow> Unreadable<TRow>() =>
            Enumerable.Range(0, 3).Select<int, TRow>(_ => throw new InvalidDataException("A row was read."));
    }

    [Fact]
    public void Fit_PreviousModelOfAnotherLink_IsRefusedByName()
    {
        var data = Formula.View(Counted[..50]);
        var counts = Once(RegressionLoss.Poisson).Fit(data).Model;
        var plain = Once(RegressionLoss.Absolute).Fit(data).Model;

        Refused(RegressionLoss.Squared, counts, "*previous model has the link Log*RegressionLoss is Squared*link is Identity*");
        Refused(RegressionLoss.Tweedie(), plain, "*previous model has the link Identity*RegressionLoss is Tweedie(1.5)*link is Log*");

        void Refused(RegressionLoss loss, NeuralNetworkModelParameters previous, string message) =>
            ((Func<object>)(() => Once(loss).Fit(data, previous))).Should().Throw<ArgumentException>().WithMessage(message)
                .WithParameterName("previousModelParameters");

        static NeuralNetworkRegressionTrainer Once(RegressionLoss loss) => Trainer(Quick with { RegressionLoss = loss, Epochs = 1 });
    }

    [Fact]
    public void Fit_PreviousModelOfTheSameLinkAndLabelsOfAnotherScale_GoesOnInTheUnitOfTheLabel()
    {
        var trained = Fit(RegressionLoss.Poisson, Counted);
        Number[] others = [.. Counted.Where(row => row.Features[0] > 0)];
        var still = Quick with { RegressionLoss = RegressionLoss.Tweedie(), Optimizer = new Sgd { LearningRate = 1e-20f }, Epochs = 1 };

        var next = Trainer(still).Fit(Formula.View(others), trained.Model);

        Scores(next, others).Should().Equal(Scores(trained, others), (n, t) => Math.Abs(n / t - 1) < 1e-5);
        next.Model.History[0].TrainingMetric.Should().BeApproximately(RSquared(others, others.Select(r => MeanOf(r.Features))), 0.02);
    }

    [Fact]
    public void Predict_LogLink_HasTheBitsOfScoreInBlocksRowsAndEngine()
    {
        var model = Fit(RegressionLoss.Poisson, Counted[..500]);
        var predictions = new float[Counted.Length];

        model.Model.Predict([.. Counted.SelectMany(row => row.Features)], predictions);

        predictions.Should().Equal(Scores(model, Counted));
        var engine = Toy.ML.Model.CreatePredictionEngine<Number, Scored>(model);
        predictions.Should().Equal(Counted.Select(row => engine.Predict(row).Score));
    }

    [Fact]
    public void Fit_LogLink_KeepsTheEstimatorContract() => EstimatorContract.Verify(
        Trainer(Quick with { RegressionLoss = RegressionLoss.Poisson, Epochs = 1 }), Formula.View(Counted[..1500]));

    [Fact]
    public void Load_KeptModelWithLogLink_PredictsAsRecorded()
    {
        var candidate = ModelZip.Save(Fit(RegressionLoss.Poisson, Counted[..100]), Formula.View(Counted).Schema);

        var model = (NeuralNetworkPredictionTransformer)ModelZip.Load(KeptFile.Read("neural-network-log-link.zip", candidate));

        // Processors with wider vectors add in another order.
        KeptFile.ShouldAgree("neural-network-log-link.scores.txt", Scores(model, Counts(rows: 6, seed: 6)), tolerance: 1e-4f);
    }

    private static NeuralNetworkPredictionTransformer Fit(RegressionLoss loss, Number[] rows) =>
        Trainer(Quick with { RegressionLoss = loss }).Fit(Formula.View(rows));

    private static NeuralNetworkRegressionTrainer Trainer(NeuralNetworkOptions options) =>
        Toy.ML.Regression.Trainers.NeuralNetwork(options);

    private static float[] Scores(NeuralNetworkPredictionTransformer model, Number[] rows) =>
        [.. model.Transform(Formula.View(rows)).GetColumn<float>("Score")];

    private static double RSquared(Number[] rows, IEnumerable<double> means)
    {
        var mean = rows.Average(row => (double)row.Label);
        return 1 - rows.Zip(means, (row, m) => Math.Pow(row.Label - m, 2)).Sum() / rows.Sum(row => Math.Pow(row.Label - mean, 2));
    }

    private static Number[] InUnits(Number[] rows, float factor) =>
        [.. rows.Select(row => new Number { Features = row.Features, Label = factor * row.Label })];

    /// <summary>exp(1 + x - y / 2).</summary>
    private static double MeanOf(float[] features) => Math.Exp(1 + features[0] - features[1] / 2);

    /// <summary>Counts of the Poisson distribution with mean <see cref="MeanOf"/>, many of them 0.</summary>
    private static Number[] Counts(int rows, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Draw())];

        Number Draw()
        {
            float[] features = [2 * random.NextSingle() - 1, 2 * random.NextSingle() - 1];
            var (count, left) = (0, Math.Exp(-MeanOf(features)));
            for (var product = random.NextDouble(); product > left; product *= random.NextDouble())   // Knuth's method
                count++;
            return new Number { Features = features, Label = count };
        }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
