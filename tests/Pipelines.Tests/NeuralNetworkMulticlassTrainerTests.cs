using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

public class NeuralNetworkMulticlassTrainerTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    [Fact]
    public void Fit_SeparableClasses_PredictsUnseenRows()
    {
        var pipeline = Toy.ML.Transforms.Conversion.MapValueToKey("Label")
            .Append(Toy.Trainer())
            .Append(Toy.ML.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"));
        var unseen = Toy.Examples(rows: 300, seed: 99);

        var model = pipeline.Fit(Toy.View(Toy.Examples()));

        var predictions = model.Transform(Toy.View(unseen));
        var metrics = Toy.ML.MulticlassClassification.Evaluate(predictions);
        metrics.MicroAccuracy.Should().BeGreaterThan(0.98);
        metrics.MacroAccuracy.Should().BeGreaterThan(0.98);
        metrics.LogLoss.Should().BeLessThan(0.2);
        metrics.ConfusionMatrix.NumberOfClasses.Should().Be(3);
        var right = predictions.GetColumn<string>("Predicted").Zip(unseen).Count(pair => pair.First == pair.Second.Label);
        right.Should().Be((int)Math.Round(metrics.MicroAccuracy * unseen.Length));
    }

    [Fact]
    public void Fit_SameSeed_GivesTheSameModelBitForBit()
    {
        var options = Toy.Quick with { Network = net => net.Dense(8).BatchNorm().Relu().Dropout(0.2f), ValidationFraction = 0.2f };

        var first = Toy.PayloadOf(Toy.Trainer(options).Fit(Data), Data);
        var second = Toy.PayloadOf(Toy.Trainer(options).Fit(Data), Data);
        var other = Toy.PayloadOf(Toy.Trainer(options with { Seed = 2 }).Fit(Data), Data);

        second.Should().Equal(first);
        other.Should().NotEqual(first);
    }

    [Fact]
    public void Fit_SeedOfTheContext_MakesTheProgramRepeatable()
    {
        var first = new MLContext(seed: 5).MulticlassClassification.Trainers.NeuralNetwork(Toy.Quick with { Seed = null });
        var again = new MLContext(seed: 5).MulticlassClassification.Trainers.NeuralNetwork(Toy.Quick with { Seed = null });
        var other = new MLContext(seed: 6).MulticlassClassification.Trainers.NeuralNetwork(Toy.Quick with { Seed = null });

        var model = Toy.PayloadOf(first.Fit(Data), Data);

        Toy.PayloadOf(again.Fit(Data), Data).Should().Equal(model);
        Toy.PayloadOf(first.Fit(Data), Data).Should().Equal(model, "a second Fit of one trainer draws no new seed");
        Toy.PayloadOf(other.Fit(Data), Data).Should().NotEqual(model);
    }

    [Fact]
    public void Fit_EveryEpoch_ReportsToCallbackAndLog()
    {
        var ml = new MLContext();
        var lines = new List<string>();
        ml.Log += (_, line) => lines.Add(line.Message);
        var reports = new List<EpochReport>();
        var options = Toy.Quick with { Epochs = 4, ValidationFraction = 0.25f, Progress = reports.Add };

        ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(Data);

        reports.Select(report => (report.Epoch, report.Epochs)).Should().Equal((1, 4), (2, 4), (3, 4), (4, 4));
        reports.Should().OnlyContain(report => report.ValidationLoss != null && report.ValidationMetric != null);
        reports[^1].TrainingLoss.Should().BeLessThan(reports[0].TrainingLoss);
        foreach (var report in reports)
            lines.Should().ContainSingle(line => line.Contains(report.ToString()));
    }

    [Fact]
    public void Fit_NoValidation_ReportsNone()
    {
        var reports = new List<EpochReport>();

        Toy.Trainer(Toy.Quick with { Epochs = 1, Progress = reports.Add }).Fit(Data);

        reports.Should().ContainSingle().Which
            .Should().Match<EpochReport>(report => report.ValidationLoss == null && report.ValidationMetric == null);
    }

    [Fact]
    public void Fit_ValidationFraction_KeepsRowsOutOfTraining()
    {
        // Without the rows that are kept out, a model with the same seed must differ from one that saw them.
        var all = Toy.Trainer().Fit(Data);
        var part = Toy.Trainer(Toy.Quick with { ValidationFraction = 0.5f }).Fit(Data);

        Toy.PayloadOf(part, Data).Should().NotEqual(Toy.PayloadOf(all, Data));
    }

    [Fact]
    public void Fit_TooFewRowsForValidation_SaysHowMany()
    {
        var fit = () => Toy.Trainer(Toy.Quick with { ValidationFraction = 0.01f }).Fit(Toy.Keyed(Toy.Examples(rows: 9)));

        fit.Should().Throw<ArgumentException>().WithMessage("*0.01*9*");
    }

    [Fact]
    public void Fit_LayerThatCannotBeBuilt_NamesTheLayer()
    {
        var fit = () => Toy.Trainer(Toy.Quick with { Network = net => net.Dense(4).Dense(int.MaxValue) }).Fit(Data);

        fit.Should().Throw<ArgumentException>().WithMessage("*dense2*2147483647*");
    }

    [Fact]
    public void Fit_NetworkIsNull_NamesTheOption()
    {
        var fit = () => Toy.Trainer(Toy.Quick with { Network = _ => null! }).Fit(Data);

        fit.Should().Throw<InvalidOperationException>().WithMessage("*option Network*null*");
    }

    [Fact]
    public void Fit_LossOutOfBounds_SaysWhereAndWhatToDo()
    {
        var options = Toy.Quick with { Network = net => net.Dense(4).Relu(), Optimizer = new Sgd { LearningRate = 1e30f } };

        var fit = () => Toy.Trainer(options).Fit(Data);

        fit.Should().Throw<TrainingDivergedException>().WithMessage("*epoch 1*Lower the learning rate*").Which.Epoch.Should().Be(1);
    }

    [Fact]
    public void Fit_NoData_NamesTheArgument()
    {
        ((Func<object>)(() => Toy.Trainer().Fit(null!))).Should().Throw<ArgumentNullException>().WithParameterName("input");
        ((Func<object>)(() => Toy.Trainer().GetOutputSchema(null!)))
            .Should().Throw<ArgumentNullException>().WithParameterName("inputSchema");
    }

    [Fact]
    public void ShortForm_AllArguments_ReachTheTrainer()
    {
        var catalog = new MLContext(seed: 5).MulticlassClassification.Trainers;
        var options = new NeuralNetworkOptions
        {
            LabelColumnName = "Label",
            FeatureColumnName = "Features",
            ExampleWeightColumnName = "Weight",
            Network = net => net.Dense(3).Sigmoid(),
            Epochs = 2,
            Optimizer = new AdamW { LearningRate = 0.01f, Beta2 = 0.99f, WeightDecay = 2 },
            BatchSize = 8,
            ValidationFraction = 0.2f,
            Seed = 7,
        };

        var shortForm = catalog.NeuralNetwork(
            "Label", "Features", "Weight", net => net.Dense(3).Sigmoid(), epochs: 2, learningRate: 0.01f, batchSize: 8,
            validationFraction: 0.2f, seed: 7).Fit(Data);

        var longForm = new MLContext(seed: 5).MulticlassClassification.Trainers.NeuralNetwork(options).Fit(Data);
        Toy.PayloadOf(shortForm, Data).Should().Equal(Toy.PayloadOf(longForm, Data));
        shortForm.Model.Definition.Layers.Select(layer => layer.GetType()).Should()
            .Equal(typeof(FeatureEncodingDefinition), typeof(DenseDefinition), typeof(ActivationDefinition), typeof(DenseDefinition));
    }

    [Fact]
    public void Info_Always_AsksForNothing()
    {
        var info = Toy.Trainer().Info;

        info.NeedNormalization.Should().BeFalse();
        info.WantCaching.Should().BeFalse();
    }
}
