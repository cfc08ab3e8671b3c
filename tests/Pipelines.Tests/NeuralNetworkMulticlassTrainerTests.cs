using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Core.Training;

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
    public void Fit_EstimatorContract_IsKept()
    {
        var text = Toy.Examples();
        BadInput[] bad =
        [
            new(Toy.View(text), "*label column 'Label'*expected Key<UInt32>*MapValueToKey*got String*", TransformerTakesIt: true),
            new(TestData.Vectors<float>([[1, 2]]), "*no label column 'Label'*Features*", TransformerTakesIt: true),
            new(Without("Features"), "*no feature column 'Features'*"),
            new(Renamed<double[]>(new VectorDataViewType(NumberDataViewType.Double, 2), [1, 2]), "*feature column 'Features'*Single of known size*Vector<Double*"),
            new(Renamed<float[]>(new VectorDataViewType(NumberDataViewType.Single), [1, 2]), "*feature column 'Features'*Single of known size*Vector<Single*"),
            new(Renamed(NumberDataViewType.Single, 1f), "*feature column 'Features'*vector of Single*got Single*"),
        ];

        EstimatorContract.Verify(Toy.Trainer(), Data, bad);
        EstimatorContract.Verify(Toy.Trainer(Toy.Quick with { ExampleWeightColumnName = "Weight" }), Data);
        EstimatorContract.Verify(Toy.Trainer(), Toy.Keyed(Toy.Examples([1, 2, 3])));
        EstimatorContract.Verify(Toy.Trainer(), KeyedExample.View(KeyedExample.Examples()));
        EstimatorContract.Verify(
            Toy.Trainer(Toy.Quick with { ExampleWeightColumnName = "Label2" }), Weighted(1f),
            new BadInput(Weighted(1.0), "*weight column 'Label2'*expected Single*got Double*", TransformerTakesIt: true));

        static IDataView Weighted<T>(T weight)
        {
            var rows = Toy.Examples().Select(example => new { example.Label, example.Features, Label2 = weight }).ToArray();
            return Toy.Keyed(Sized(Toy.ML.Data, rows));
        }

        static IDataView Without(string name)
        {
            var only = Toy.ML.Data.LoadFromEnumerable(KeyedExample.Examples().Select(example => new { example.Label }).ToArray());
            only.Schema.Should().NotContain(column => column.Name == name);
            return Toy.Keyed(only);
        }

        static IDataView Renamed<T>(DataViewType type, T features)
        {
            var rows = new[] { new { Label = "red", Features = features } };
            return Toy.Keyed(Sized(Toy.ML.Data, rows, type));
        }

        static IDataView Sized<TRow>(DataOperationsCatalog catalog, TRow[] rows, DataViewType? features = null) where TRow : class
        {
            var definition = SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read);
            definition["Features"].ColumnType = features ?? new VectorDataViewType(NumberDataViewType.Single, 2);
            return catalog.LoadFromEnumerable(rows, definition);
        }
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
    public void Fit_RowsOfWeightZero_HaveNoInfluence()
    {
        var examples = Toy.Examples();
        Example<string>[] disturbed = [.. examples, new() { Label = "red", Features = [1e20f, -1e20f], Weight = 0 }, new() { Label = "blue", Features = [float.NaN, 0], Weight = 0 }];
        var trainer = Toy.Trainer(Toy.Quick with { ExampleWeightColumnName = "Weight" });

        var expected = Toy.PayloadOf(trainer.Fit(Data), Data);
        var found = Toy.PayloadOf(trainer.Fit(Toy.Keyed(disturbed)), Data);

        found.Should().Equal(expected);
    }

    [Fact]
    public void Fit_WholeWeights_CountLikeRepeatedRows()
    {
        // One batch of all rows and no batch norm, whose statistics take no weights: then weighted mean and mean over repeated rows are the same sum.
        var options = Toy.Quick with { Network = net => net.Dense(5).Tanh(), Optimizer = new Sgd { LearningRate = 0.3f }, BatchSize = 1000, ExampleWeightColumnName = "Weight" };
        var once = Toy.Examples(rows: 30);
        foreach (var (example, i) in once.Select((example, i) => (example, i)))
            example.Weight = i % 3 + 1;
        Example<string>[] repeated = [.. once.SelectMany(example => Enumerable.Repeat(new Example<string> { Label = example.Label, Features = example.Features }, (int)example.Weight))];

        var weighted = ScoresOf(Toy.Trainer(options).Fit(Toy.Keyed(once)));
        var counted = ScoresOf(Toy.Trainer(options).Fit(Toy.Keyed(repeated)));
        var ignored = ScoresOf(Toy.Trainer(options with { ExampleWeightColumnName = null }).Fit(Toy.Keyed(once)));

        // Ten steps of float sums in another order.
        weighted.Should().Equal(counted, (w, c) => Math.Abs(w - c) < 1e-5);
        weighted.Zip(ignored, (w, i) => Math.Abs(w - i)).Max().Should().BeGreaterThan(1e-3f);
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    public void Fit_BadWeight_NamesColumnValueAndRow(float weight)
    {
        var examples = Toy.Examples();
        examples[7].Weight = weight;

        var fit = () => Toy.Trainer(Toy.Quick with { ExampleWeightColumnName = "Weight" }).Fit(Toy.Keyed(examples));

        fit.Should().Throw<InvalidOperationException>().WithMessage($"*'Weight'*{weight}*row 7*");
    }

    [Fact]
    public void Fit_MissingLabels_AreLeftOutWithAWarning()
    {
        var ml = new MLContext();
        var warnings = new List<string>();
        ml.Log += (_, line) => warnings.AddRange(line.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning ? [line.Message] : []);
        var examples = KeyedExample.Examples();
        KeyedExample[] some = [.. examples, new() { Label = KeyedExample.Missing, Features = [float.NaN, 0] }, new() { Label = KeyedExample.Missing, Features = [0, 0] }];

        var model = ml.MulticlassClassification.Trainers.NeuralNetwork(Toy.Quick).Fit(KeyedExample.View(some));

        warnings.Should().ContainSingle().Which.Should().Contain("2 rows without a label in column 'Label' were left out");
        var data = KeyedExample.View(examples);
        Toy.PayloadOf(model, data).Should().Equal(Toy.PayloadOf(Toy.Trainer().Fit(data), data));
    }

    [Fact]
    public void Fit_NoRowWithALabel_SaysSo()
    {
        var fit = () => Toy.Trainer().Fit(KeyedExample.View(new KeyedExample { Label = KeyedExample.Missing, Features = [1, 2] }));

        fit.Should().Throw<InvalidOperationException>().WithMessage("*no row to train on*1 rows have no label*'Label'*");
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void Fit_FeatureThatIsNotFinite_NamesColumnRowAndSlot(float value, string text)
    {
        var examples = Toy.Examples();
        examples[11].Features[1] = value;

        var fit = () => Toy.Trainer().Fit(Toy.Keyed(examples));

        fit.Should().Throw<InvalidOperationException>().WithMessage($"*'Features'*{text}*row 11*slot 1*ReplaceMissingValues*");
    }

    [Fact]
    public void Fit_EveryEpoch_ReportsToCallbackAndLog()
    {
        var ml = new MLContext();
        var lines = new List<string>();
        ml.Log += (_, line) => lines.Add(line.Message);
        var reports = new List<EpochReport>();

        ml.MulticlassClassification.Trainers.NeuralNetwork(Toy.Quick with { Epochs = 4, ValidationFraction = 0.25f, Progress = reports.Add }).Fit(Data);

        reports.Select(report => (report.Epoch, report.Epochs)).Should().Equal((1, 4), (2, 4), (3, 4), (4, 4));
        reports.Should().OnlyContain(report => report.ValidationLoss != null && report.ValidationAccuracy != null);
        reports[^1].TrainingLoss.Should().BeLessThan(reports[0].TrainingLoss);
        foreach (var report in reports)
            lines.Should().ContainSingle(line => line.Contains(report.ToString()));
    }

    [Fact]
    public void Fit_NoValidation_ReportsNone()
    {
        var reports = new List<EpochReport>();

        Toy.Trainer(Toy.Quick with { Epochs = 1, Progress = reports.Add }).Fit(Data);

        reports.Should().ContainSingle().Which.Should().Match<EpochReport>(report => report.ValidationLoss == null && report.ValidationAccuracy == null);
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
    public void Fit_MoreKeysThanAnArrayHolds_NamesTheLabel()
    {
        var definition = SchemaDefinition.Create(typeof(KeyedExample));
        definition["Label"].ColumnType = new KeyDataViewType(typeof(uint), uint.MaxValue);
        var data = Toy.ML.Data.LoadFromEnumerable(KeyedExample.Examples(), definition);

        var fit = () => Toy.Trainer().Fit(data);

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*label column 'Label'*at most*values*");
    }

    [Fact]
    public void Fit_NoData_NamesTheArgument()
    {
        ((Func<object>)(() => Toy.Trainer().Fit(null!))).Should().Throw<ArgumentNullException>().WithParameterName("input");
        ((Func<object>)(() => Toy.Trainer().GetOutputSchema(null!))).Should().Throw<ArgumentNullException>().WithParameterName("inputSchema");
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
        };

        var shortForm = catalog.NeuralNetwork("Label", "Features", "Weight", net => net.Dense(3).Sigmoid(), epochs: 2).Fit(Data);

        var longForm = new MLContext(seed: 5).MulticlassClassification.Trainers.NeuralNetwork(options).Fit(Data);
        Toy.PayloadOf(shortForm, Data).Should().Equal(Toy.PayloadOf(longForm, Data));
        shortForm.Model.Definition.Layers.Select(layer => layer.GetType()).Should()
            .Equal(typeof(DenseDefinition), typeof(ActivationDefinition), typeof(DenseDefinition));
    }

    [Fact]
    public void Info_Always_AsksForNothing()
    {
        var info = Toy.Trainer().Info;

        info.NeedNormalization.Should().BeFalse();
        info.WantCaching.Should().BeFalse();
    }

    private static float[] ScoresOf(NeuralNetworkPredictionTransformer model) => [.. model.Transform(Data).GetColumn<float[]>("Score").SelectMany(row => row)];
}
