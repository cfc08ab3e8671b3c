using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Pipelines.Training;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>What a first user gets who sets nothing, on rows as businesses have them.</summary>
public class DefaultsTests
{
    private static readonly MLContext ML = new(seed: 1);

    [Theory]
    [InlineData(200)]
    [InlineData(5_000)]
    public void Fit_YearAndKilometres_PredictsWhatTrainingReports(int rows)
    {
        var data = ML.Data.LoadFromEnumerable(Cars(rows));
        var binary = ML.BinaryClassification.Trainers.NeuralNetwork("IsExpensive").Fit(data);
        var regression = ML.Regression.Trainers.NeuralNetwork("Price").Fit(data);

        var accuracy = ML.BinaryClassification.EvaluateNonCalibrated(binary.Transform(data), "IsExpensive").Accuracy;
        var rSquared = ML.Regression.Evaluate(regression.Transform(data), "Price").RSquared;

        // Training reports what it saw, with dropout on: predictions are as good or better.
        accuracy.Should().BeGreaterThan(0.97).And.BeGreaterThan(binary.Model.History[^1].TrainingMetric - 0.02);
        rSquared.Should().BeGreaterThan(0.97).And.BeGreaterThan(regression.Model.History[^1].TrainingMetric - 0.02);
    }

    [Fact]
    public void Fit_FewRowsFarFromZero_SeparatesThem()
    {
        var rows = Enumerable.Range(0, 40).Select(i => new YesNo { Label = i % 2 == 0, Features = [1_000 + i % 2 + 0.01f * i, 1_000] });
        var data = ML.Data.LoadFromEnumerable(rows.ToArray());

        var model = ML.BinaryClassification.Trainers.NeuralNetwork().Fit(data);

        ML.BinaryClassification.EvaluateNonCalibrated(model.Transform(data)).Accuracy.Should().Be(1);
    }

    [Fact]
    public void Fit_RowsThatAreAllTheSame_PredictsTheShareOfYes()
    {
        var rows = Enumerable.Range(0, 400).Select(i => new YesNo { Label = i % 4 == 0, Features = [7, 8] });
        var data = ML.Data.LoadFromEnumerable(rows.ToArray());

        var model = ML.BinaryClassification.Trainers.NeuralNetwork().Fit(data);

        model.Transform(data).GetColumn<float>("Probability").First().Should().BeApproximately(0.25f, 0.05f);
    }

    [Theory]
    [InlineData(1e-6f)]
    [InlineData(1e6f)]
    public void Fit_FeaturesInAnyUnit_GivesTheSameAccuracy(float unit)
    {
        var rows = Formula.YesNos(rows: 1_500);
        foreach (var row in rows)
            row.Features = [.. row.Features.Select(value => value * unit)];
        var data = Formula.View(rows);

        var model = ML.BinaryClassification.Trainers.NeuralNetwork(seed: 1).Fit(data);

        ML.BinaryClassification.Evaluate(model.Transform(data)).Accuracy.Should().BeGreaterThan(0.85);   // of 0.88 at best
    }

    [Fact]
    public void Fit_StaleRunningStatistics_WarnsAndSaysTheRemedy()
    {
        using var source = new CancellationTokenSource();
        var ml = new MLContext(seed: 1);
        var warnings = new List<string>();
        ml.Log += (_, line) =>
        {
            if (line.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.Add(line.Message);
        };
        var options = Toy.Quick with
        {
            Network = net => net.Dense(8).Add(new BatchNormDefinition { Momentum = 1e-6f }).Relu(),
            Epochs = 20,
        };
        var cancelled = options with { CancellationToken = source.Token, Progress = report => CancelAfter(report, epoch: 10) };
        var examples = Toy.Examples();
        foreach (var example in examples)
            example.Features = [.. example.Features.Select(value => value + 100)];
        var data = Toy.Keyed(examples);

        ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(data);
        warnings.Should().ContainMatch("*running statistics*PreciseStatisticsRows*");
        warnings.Clear();
        ml.MulticlassClassification.Trainers.NeuralNetwork(options with { PreciseStatisticsRows = 1_000 }).Fit(data);
        ml.MulticlassClassification.Trainers.NeuralNetwork(cancelled).Fit(data).Model.StopReason.Should().Be(StopReason.Cancelled);

        warnings.Should().BeEmpty("precise statistics are the remedy, and who cancels waits for no check");

        void CancelAfter(EpochReport report, int epoch)
        {
            if (report.Epoch == epoch)
                source.Cancel();
        }
    }

    [Theory]
    [InlineData(200, 16, 42, 0.002f)]
    [InlineData(2_000, 32, 33, 0.002f)]
    [InlineData(10_000, 128, 26, 0.002f)]
    [InlineData(60_000, 128, 5, 0.002f)]
    [InlineData(10_000_000, 1_024, 2, 0.002f)]
    public void SettingsForClasses_NotSaid_FollowFromTheNumberOfRows(int rows, int batchSize, int epochs, float learningRate) =>
        Check(TrainingDefaults.ForClasses(rows), rows, batchSize, epochs, learningRate);

    [Theory]
    [InlineData(200, 32, 334, 0.003f)]
    [InlineData(2_000, 32, 33, 0.003f)]
    [InlineData(10_000, 64, 13, 0.003f)]
    [InlineData(60_000, 256, 12, 0.003f)]
    [InlineData(10_000_000, 1_024, 2, 0.003f)]
    public void SettingsForNumbers_NotSaid_FollowFromTheNumberOfRows(int rows, int batchSize, int epochs, float learningRate) =>
        Check(TrainingDefaults.ForNumbers(rows), rows, batchSize, epochs, learningRate);

    [Theory]
    [InlineData(200, 32, 84)]
    [InlineData(20_000, 32, 5)]
    public void SettingsForSparseRows_NotSaid_FollowFromTheNumberOfRows(int rows, int batchSize, int epochs) =>
        Check(TrainingDefaults.ForSparse(rows), rows, batchSize, epochs, learningRate: 0.001f);

    [Fact]
    public void Fit_SparseRows_HaveTheNetworkForThemAndNoEncoding()
    {
        var rows = Enumerable.Range(0, 300).Select(i => new Words
        {
            Label = i % 2 == 0,
            Features = new VBuffer<float>(1_000, 3, [1, 1, 1], [i % 2, 2 + i % 7, 10 + i]),
        });

        var model = ML.BinaryClassification.Trainers.NeuralNetwork().Fit(ML.Data.LoadFromEnumerable(rows.ToArray()));

        model.Model.Layers.Select(layer => layer.Name).Should().Equal("dense1", "batchnorm1", "relu1", "dense2");
        model.Model.Layers[0].OutputShape.Should().Be(Shape.Vector(32));
    }

    [Fact]
    public void Settings_Said_Stay()
    {
        var options = new NeuralNetworkOptions { Optimizer = new Sgd(), BatchSize = 7, Epochs = 3 };

        TrainingDefaults.ForClasses(200).Settle(options, 200).Should().Be(options);
    }

    // 1 in 50 is yes, and the features say nothing: one epoch would not bring the bias there.
    [Fact]
    public void Fit_RareClass_StartsFromItsShare()
    {
        var rows = Enumerable.Range(0, 2_000).Select(i => new YesNo { Label = i % 50 == 0, Features = [i % 7, i % 3] });
        var trainer = ML.BinaryClassification.Trainers.NeuralNetwork(epochs: 1, learningRate: 1e-6f, seed: 1);

        var model = trainer.Fit(ML.Data.LoadFromEnumerable(rows.ToArray()));

        model.Model.Network.Parameters["dense1.bias"].Values[0].Should().BeApproximately((float)Math.Log(1 / 49.0), 0.05f);
    }

    private static void Check(TrainingDefaults defaults, int rows, int batchSize, int epochs, float learningRate)
    {
        var settled = defaults.Settle(new NeuralNetworkOptions(), rows);

        (settled.BatchSize, settled.Epochs, settled.Optimizer!.LearningRate).Should().Be((batchSize, epochs, learningRate));
    }

    [Theory]
    [InlineData(300, 64)]
    [InlineData(1_000, 128)]
    public void NetworkForClasses_NotSaid_FollowsFromTheNumberOfRows(int rows, int units)
    {
        var options = new NeuralNetworkOptions { Epochs = 1, Seed = 1 };

        var transformer = ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(Formula.View(Formula.YesNos(rows)));

        LayersOf(transformer).Should().Be("dense1, relu1, dropout1, dense2, relu2, dropout2");
        transformer.Model.Layers[1].InnerLayers[0].OutputShape.Should().Be(Shape.Vector(units));
    }

    [Theory]
    [InlineData(300)]
    [InlineData(1_000)]
    public void NetworkForNumbers_NotSaid_HasNoDropout(int rows)
    {
        var options = new NeuralNetworkOptions { Epochs = 1, Seed = 1 };

        LayersOf(ML.Regression.Trainers.NeuralNetwork(options).Fit(Formula.View(Formula.Numbers(rows))))
            .Should().Be("dense1, relu1, dense2, relu2");
    }

    // Those of the block between the encoding and the output.
    private static string LayersOf(NeuralNetworkPredictionTransformer transformer)
    {
        var layers = transformer.Model.Layers;
        layers.Select(layer => layer.Name).Should().Equal("encoding1", "concat1", "dense1");
        return string.Join(", ", layers[1].InnerLayers.Select(layer => layer.Name.Replace("concat1.", "")));
    }

    private static Car[] Cars(int rows)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, rows).Select(_ => Draw())];

        Car Draw()
        {
            var (year, kilometres) = (random.Next(2005, 2025), 300_000 * random.NextSingle());
            var price = 30_000 * Math.Exp(-0.1 * (2024 - year)) * (1 - kilometres / 400_000);
            return new Car { Features = [year, kilometres], Price = (float)price, IsExpensive = price > 8_000 };
        }
    }

    private sealed class Words
    {
        public bool Label { get; set; }

        [VectorType(1_000)]
        public VBuffer<float> Features { get; set; }
    }

    private sealed class Car
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Price { get; set; }

        public bool IsExpensive { get; set; }
    }
}
