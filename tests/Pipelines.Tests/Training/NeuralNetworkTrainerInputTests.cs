using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>What the trainer makes of labels, features and weights, good and bad.</summary>
public class NeuralNetworkTrainerInputTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    [Fact]
    public void Fit_EstimatorContract_IsKept()
    {
        var text = Toy.Examples();
        BadInput[] bad =
        [
            new(Toy.View(text), "*label column 'Label'*expected Key<UInt32>, got String. *MapValueToKey*", "LabelColumnName",
                TransformerTakesIt: true),
            new(TestData.Vectors<float>([[1, 2]]), "*no label column 'Label'*Features*", "LabelColumnName", TransformerTakesIt: true),
            new(Without("Features"), "*no feature column 'Features'*", "FeatureColumnName"),
            new(Renamed<double[]>(new VectorDataViewType(NumberDataViewType.Double, 2), [1, 2]),
                "*feature column 'Features'*Single of known size*Vector<Double*", "FeatureColumnName"),
            new(Renamed<float[]>(new VectorDataViewType(NumberDataViewType.Single), [1, 2]),
                "*feature column 'Features'*Single of known size*Vector<Single*", "FeatureColumnName"),
            new(Renamed(NumberDataViewType.Single, 1f), "*feature column 'Features'*vector of Single*got Single*", "FeatureColumnName"),
        ];

        EstimatorContract.Verify(Toy.Trainer(), Data, bad);
        EstimatorContract.Verify(Toy.Trainer(Toy.Quick with { ExampleWeightColumnName = "Weight" }), Data);
        EstimatorContract.Verify(Toy.Trainer(), Toy.Keyed(Toy.Examples([1, 2, 3])));
        EstimatorContract.Verify(Toy.Trainer(), KeyedExample.View(KeyedExample.Examples()));
        EstimatorContract.Verify(
            Toy.Trainer(Toy.Quick with { ExampleWeightColumnName = "Label2" }), Weighted(1f),
            new BadInput(Weighted(1.0), "*weight column 'Label2'*expected Single*got Double*", "ExampleWeightColumnName",
                TransformerTakesIt: true));

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
    public void Fit_RowsOfWeightZero_HaveNoInfluence()
    {
        var examples = Toy.Examples();
        Example<string>[] disturbed =
        [
            .. examples,
            new() { Label = "red", Features = [1e20f, -1e20f], Weight = 0 },
            new() { Label = "blue", Features = [float.NaN, 0], Weight = 0 },
        ];
        var trainer = Toy.Trainer(Toy.Quick with { ExampleWeightColumnName = "Weight" });

        var expected = Toy.PayloadOf(trainer.Fit(Data), Data);
        var found = Toy.PayloadOf(trainer.Fit(Toy.Keyed(disturbed)), Data);

        found.Should().Equal(expected);
    }

    [Fact]
    public void Fit_WholeWeights_CountLikeRepeatedRows()
    {
        // One batch of all rows and no batch norm, whose statistics take no weights: then both losses are the same sum.
        var options = Toy.Quick with
        {
            Network = net => net.Dense(5).Tanh(),
            Optimizer = new Sgd { LearningRate = 0.3f },
            BatchSize = 1000,
            ExampleWeightColumnName = "Weight",
        };
        var once = Toy.Examples(rows: 30);
        foreach (var (example, i) in once.Select((example, i) => (example, i)))
            example.Weight = i % 3 + 1;
        Example<string>[] repeated = [.. once.SelectMany(example => Enumerable.Repeat(example, (int)example.Weight)).Select(Unweighted)];

        var weighted = ScoresOf(Toy.Trainer(options).Fit(Toy.Keyed(once)));
        var counted = ScoresOf(Toy.Trainer(options).Fit(Toy.Keyed(repeated)));
        var ignored = ScoresOf(Toy.Trainer(options with { ExampleWeightColumnName = null }).Fit(Toy.Keyed(once)));

        // Ten steps of float sums in another order.
        weighted.Should().Equal(counted, (w, c) => Math.Abs(w - c) < 1e-5);
        weighted.Zip(ignored, (w, i) => Math.Abs(w - i)).Max().Should().BeGreaterThan(1e-3f);

        static Example<string> Unweighted(Example<string> example) => new() { Label = example.Label, Features = example.Features };
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
        KeyedExample[] some =
        [
            .. examples,
            new() { Label = KeyedExample.Missing, Features = [float.NaN, 0] },
            new() { Label = KeyedExample.Missing, Features = [0, 0] },
        ];

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
    public void Fit_MoreKeysThanAnArrayHolds_NamesTheLabel()
    {
        var definition = SchemaDefinition.Create(typeof(KeyedExample));
        definition["Label"].ColumnType = new KeyDataViewType(typeof(uint), uint.MaxValue);
        var data = Toy.ML.Data.LoadFromEnumerable(KeyedExample.Examples(), definition);

        var fit = () => Toy.Trainer().Fit(data);

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*label column 'Label'*at most*values*");
    }

    private static float[] ScoresOf(NeuralNetworkPredictionTransformer model) =>
        [.. model.Transform(Data).GetColumn<float[]>("Score").SelectMany(row => row)];
}
