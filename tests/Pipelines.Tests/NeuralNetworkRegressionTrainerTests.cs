using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

public class NeuralNetworkRegressionTrainerTests
{
    private static readonly Number[] Rows = Formula.Numbers();
    private static readonly IDataView Data = Formula.View(Rows);
    private static readonly NeuralNetworkPredictionTransformer Model = Trainer().Fit(Data);

    [Fact]
    public void Fit_NumbersOfAFormula_ComesCloseToTheBestPossible()
    {
        var unseen = Formula.Numbers(rows: 500, seed: 6);

        var found = RSquared(unseen, ScoresOf(Model, Formula.View(unseen)));

        // The error of the labels leaves the formula itself no more than this.
        var best = RSquared(unseen, [.. unseen.Select(row => (float)Formula.NumberOf(row.Features))]);
        found.Should().BeInRange(best - 0.02, best + 0.005);
    }

    [Fact]
    public void Predict_Always_IsTheScore()
    {
        var predictions = new float[Rows.Length];

        Model.Model.Predict([.. Rows.SelectMany(row => row.Features)], predictions);

        predictions.Should().Equal(ScoresOf(Model, Data));
    }

    [Fact]
    public void Fit_OtherUnit_GivesTheSameModelInThatUnit()
    {
        var inThousandths = Rows.Select(row => new Number { Features = row.Features, Label = (row.Label - 50_000) / 1024 }).ToArray();

        var model = Trainer().Fit(Formula.View(inThousandths));

        // Labels near 50,000 are rounded to steps of 0.004; weights and scores to seven digits.
        ScoresOf(model, Data).Should().Equal(ScoresOf(Model, Data), (small, large) => Math.Abs(small * 1024 + 50_000 - large) < 5);
        model.Model.History[^1].TrainingLoss.Should().BeApproximately(Model.Model.History[^1].TrainingLoss, 1e-3);
    }

    [Fact]
    public void Fit_ValidationRows_ReportTheSharesOfTheVariance()
    {
        var history = Trainer(Formula.Quick with { ValidationFraction = 0.2f }).Fit(Data).Model.History;

        history[^1].MetricName.Should().Be("R^2");
        history[^1].ValidationMetric.Should().BeGreaterThan(0.9);
        // Validation rows vary about as much as training rows do.
        history[^1].ValidationLoss.Should().BeApproximately(1 - history[^1].ValidationMetric!.Value, 0.02);
    }

    [Fact]
    public void Fit_LabelsThatDoNotVary_PredictsThemExactlyWithAWarning()
    {
        var ml = new MLContext();
        var warnings = new List<string>();
        ml.Log += (_, line) => warnings.AddRange(line.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning ? [line.Message] : []);
        var constant = Rows.Select(row => new Number { Features = row.Features, Label = 0.1f }).ToArray();

        var scores = ScoresOf(ml.Regression.Trainers.NeuralNetwork(Formula.Quick).Fit(Formula.View(constant)), Data);

        scores.Should().AllBeEquivalentTo(0.1f);
        warnings.Should().ContainSingle().Which.Should().Contain("Every row has the label 0.1 in column 'Label'");
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(1e-30f)]
    [InlineData(1e30f)]
    public void Fit_LabelsThatVaryByRounding_PredictsThem(float label)
    {
        var nearly = Rows.Index().Select(row => new Number
        {
            Features = row.Item.Features,
            Label = row.Index % 2 == 0 ? label : float.BitIncrement(label),
        });

        var scores = ScoresOf(Trainer().Fit(Formula.View(nearly.ToArray())), Data);

        scores.Should().OnlyContain(score => Math.Abs(score / label - 1) < 1e-6f);   // a few steps of a float
    }

    [Fact]
    public void Fit_LabelsAsLargeAsAFloat_SaysThatScoresWouldOverflow()
    {
        var large = Rows.Index().Select(row => new Number { Features = row.Item.Features, Label = row.Index % 2 == 0 ? 3e38f : -3e38f });

        var fit = () => Trainer().Fit(Formula.View(large.ToArray()));

        fit.Should().Throw<InvalidOperationException>().WithMessage("*overflow*");
    }

    [Fact]
    public void Fit_MissingAndInfiniteLabels_AreLeftOutAndRefused()
    {
        Number[] missing = [.. Rows, new() { Label = float.NaN, Features = [float.NaN, 0] }];
        Number[] infinite = [.. Rows, new() { Label = float.PositiveInfinity, Features = [0, 0] }];

        Toy.PayloadOf(Trainer().Fit(Formula.View(missing)), Data).Should().Equal(Toy.PayloadOf(Model, Data));
        var fit = () => Trainer().Fit(Formula.View(infinite));
        fit.Should().Throw<InvalidOperationException>().WithMessage("*'Label'*row 2000*must be finite*");
    }

    [Fact]
    public void Fit_OptionsForClasses_AreRefusedBeforeRowsAreRead()
    {
        var unreadable = Formula.View(Rows.Select<Number, Number>(_ => throw new InvalidOperationException("A row was read.")));

        Refused(Formula.Quick with { ClassWeights = ClassWeights.Balanced }, "*ClassWeights needs a label that is a class*");
        Refused(Formula.Quick with { LabelSmoothing = 0.1f }, "*LabelSmoothing needs a label that is a class*");
        Refused(Formula.Quick with { Augmentation = new Augmentation { MixUp = 0.2f } }, "*Augmentation mixes labels*MixUp 0*");

        void Refused(NeuralNetworkOptions options, string message)
        {
            var fit = () => Trainer(options).Fit(unreadable);
            var find = () => Trainer(options).FindLearningRate(unreadable);
            fit.Should().Throw<ArgumentException>().WithMessage(message);
            find.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void GetOutputSchema_Always_CarriesTheAnnotationsOfARegressionModel()
    {
        var score = Model.GetOutputSchema(Data.Schema)["Score"];

        Text("ScoreColumnKind").Should().Be("Regression");
        Text("ScoreValueKind").Should().Be("Score");

        string Text(string kind)
        {
            ReadOnlyMemory<char> text = default;
            score.Annotations.GetValue(kind, ref text);
            return text.ToString();
        }
    }

    [Fact]
    public void Fit_EstimatorContract_IsKept()
    {
        EstimatorContract.Verify(
            Trainer(Formula.Quick with { Epochs = 1 }), Data,
            new BadInput(
                Toy.Keyed(Toy.Examples()), "*label column 'Label'*expected Single*got Key<UInt32*", "LabelColumnName",
                TransformerTakesIt: true),
            new BadInput(TestData.Vectors<float>([[1, 2]]), "*no label column 'Label'*", "LabelColumnName", TransformerTakesIt: true));
        EstimatorContract.Verify(Trainer(Formula.Quick with { ExampleWeightColumnName = "Weight", Epochs = 1 }), Data);
    }

    [Fact]
    public void Load_NetworkWithSeveralOutputs_SaysWhatIsWrong()
    {
        // A multiclass model whose task, the byte in front of "no key values", is changed to regression.
        var data = KeyedExample.View(KeyedExample.Examples());
        var zip = ModelZip.Save(Toy.Trainer(Toy.Quick with { Epochs = 1 }).Fit(data), data.Schema);
        var payload = ModelZip.PayloadOf(zip, "NNPR");
        payload[^(4 + 1 + 1)] = 3;

        var load = () => ModelZip.Load(ModelZip.WithPayload(zip, "NNPR", ModelZip.Sealed(payload)));

        load.Should().Throw<Exception>().Which.GetBaseException().Should().BeOfType<ModelFormatException>()
            .Which.Message.Should().Contain("3 outputs for one number");
    }

    [Fact]
    public void ShortForm_AllArguments_ReachTheTrainer()
    {
        var shortForm = new MLContext(seed: 5).Regression.Trainers
            .NeuralNetwork("Label", "Features", "Weight", net => net.Dense(3).Sigmoid(), epochs: 2);
        var options = new NeuralNetworkOptions
        {
            ExampleWeightColumnName = "Weight",
            Network = net => net.Dense(3).Sigmoid(),
            Epochs = 2,
        };

        var longForm = new MLContext(seed: 5).Regression.Trainers.NeuralNetwork(options);

        Toy.PayloadOf(shortForm.Fit(Data), Data).Should().Equal(Toy.PayloadOf(longForm.Fit(Data), Data));
        shortForm.Info.NeedNormalization.Should().BeFalse();
    }

    private static double RSquared(Number[] rows, float[] scores)
    {
        var mean = rows.Average(row => (double)row.Label);
        return 1 - rows.Zip(scores, (row, score) => Math.Pow(row.Label - score, 2)).Sum() / rows.Sum(row => Math.Pow(row.Label - mean, 2));
    }

    private static float[] ScoresOf(NeuralNetworkPredictionTransformer model, IDataView data) =>
        [.. model.Transform(data).GetColumn<float>("Score")];

    private static NeuralNetworkRegressionTrainer Trainer(NeuralNetworkOptions? options = null) =>
        Toy.ML.Regression.Trainers.NeuralNetwork(options ?? Formula.Quick);
}
