using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>Fit with the parameters of a previous model.</summary>
public class ContinuedTrainingTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    // So small a step that a model which goes on stays where it is, and one that starts anew knows nothing.
    private static readonly Optimizer Standstill = new Sgd { LearningRate = 1e-20f };

    [Fact]
    public void Fit_PreviousModel_StartsFromItsWeightsAndStatistics()
    {
        var options = Toy.Quick;
        var previous = Toy.Trainer(options).Fit(Data).Model;

        var next = Toy.Trainer(options with { Optimizer = Standstill, Epochs = 1 }).Fit(Data, previous).Model;
        var anew = Toy.Trainer(options with { Optimizer = Standstill, Epochs = 1 }).Fit(Data, previousModelParameters: null).Model;

        next.History[0].TrainingMetric.Should().BeGreaterThan(0.95);
        anew.History[0].TrainingMetric.Should().BeLessThan(0.9);
        // The running statistics go on with the same data: they move by what one batch differs from the others.
        Predictions(next).Should().Equal(Predictions(previous), (n, p) => Math.Abs(n - p) < 0.1);
    }

    [Fact]
    public void Fit_PreviousModelWithoutBatchNorm_IsTheSameToTheLastBitWhereNothingIsLearned()
    {
        var options = Toy.Quick with { Network = net => net.Dense(8).Tanh() };
        var previous = Toy.Trainer(options).Fit(Data).Model;

        var next = Toy.Trainer(options with { Optimizer = Standstill, Epochs = 1, Seed = 9 }).Fit(Data, previous).Model;

        Predictions(next).Should().Equal(Predictions(previous));
    }

    [Fact]
    public void Fit_PreviousModel_StaysAsItIs()
    {
        var previous = Toy.Trainer().Fit(Data);
        var saved = Toy.PayloadOf(previous, Data);

        var next = Toy.Trainer().Fit(Data, previous.Model);

        Toy.PayloadOf(previous, Data).Should().Equal(saved);
        Predictions(next.Model).Should().NotEqual(Predictions(previous.Model));
    }

    [Fact]
    public void Fit_LoadedModel_GoesOnLikeTheOneThatWasSaved()
    {
        var previous = Toy.Trainer().Fit(Data);
        var loaded = (NeuralNetworkPredictionTransformer)ModelZip.Load(ModelZip.Save(previous, Data.Schema));

        var next = Toy.Trainer().Fit(Data, loaded.Model);

        Toy.PayloadOf(next, Data).Should().Equal(Toy.PayloadOf(Toy.Trainer().Fit(Data, previous.Model), Data));
    }

    [Fact]
    public void Fit_PreviousModelAndNoNetwork_DecidesTheLayers()
    {
        var previous = Toy.Trainer(Toy.Quick with { Network = net => net.Dense(3).Sigmoid() }).Fit(Data).Model;

        var next = Toy.Trainer(Toy.Quick with { Network = null }).Fit(Data, previous).Model;

        next.Definition.Layers.Select(layer => layer.GetType()).Should()
            .Equal(typeof(DenseDefinition), typeof(ActivationDefinition), typeof(DenseDefinition));
    }

    [Fact]
    public void Fit_OtherLabelsOrFeatures_AreRefused()
    {
        var previous = Toy.Trainer(Toy.Quick with { Epochs = 1 }).Fit(Data).Model;
        var binary = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Formula.Quick with { Epochs = 1 });
        var yesNos = Formula.View(Formula.YesNos(rows: 20));

        Refused(
            () => Toy.Trainer().Fit(Toy.Keyed(Toy.Examples(["red", "green", "black"])), previous),
            "*labels red, green, blue*'Label' has red, green, black*learn others*");
        Refused(() => Toy.Trainer().Fit(Toy.Keyed(Toy.Examples(["red", "green", "blue", "black"])), previous), "*learn others*");
        Refused(() => binary.Fit(yesNos, previous), "*another kind: red, green, blue*'Label' has no and yes*Use the kind of trainer*");
        Refused(() => Toy.Trainer().Fit(Widened(), previous), "*2 features*'Features' has 3*");

        static void Refused(Func<object> fit, string message) =>
            fit.Should().Throw<ArgumentException>().WithMessage(message).WithParameterName("previousModelParameters");

        static IDataView Widened()
        {
            var rows = Toy.Examples(rows: 12).Select(example => new { example.Label, Features = new[] { 1f, 2, 3 } }).ToArray();
            var definition = SchemaDefinition.Create(rows[0].GetType(), SchemaDefinition.Direction.Read);
            definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3);
            return Toy.Keyed(Toy.ML.Data.LoadFromEnumerable(rows, definition));
        }
    }

    [Fact]
    public void Fit_NewLabelsAccepted_KeepWhatIsKnownOfTheOldByValue()
    {
        var options = Toy.Quick with { Network = net => net.Dense(8).Tanh() };
        var previous = Toy.Trainer(options).Fit(Data).Model;
        var four = Toy.Keyed(Toy.Examples(["black", "blue", "red", "green"]));

        var next = Toy.Trainer(options with { AcceptNewLabels = true, Optimizer = Standstill, Epochs = 1 }).Fit(four, previous);

        // Softmax probabilities of the old classes keep their proportions, in the order of the new keys.
        int[] known = [Array.IndexOf(Colors(four), "red"), Array.IndexOf(Colors(four), "green"), Array.IndexOf(Colors(four), "blue")];
        foreach (var (now, before) in Predictions(next.Model).Chunk(4).Zip(Predictions(previous).Chunk(3)))
        {
            var old = known.Select(number => now[number]).ToArray();
            old.Select(probability => probability / old.Sum()).Should().Equal(before, (n, b) => Math.Abs(n - b) < 1e-5);
        }

        Colors(next.Transform(four), "PredictedLabel").Should().Equal(Colors(four));
    }

    [Fact]
    public void Fit_NewLabelAccepted_IsLearned()
    {
        var previous = Toy.Trainer().Fit(Data).Model;
        Example<string>[] rows =
        [
            .. Toy.Examples(rows: 240),
            .. Toy.Examples(rows: 60).Select(row => new Example<string>
            {
                Label = "black",
                Features = [row.Features[0] - 6, row.Features[1] - 6],
            }),
        ];
        var four = Toy.Keyed(rows);

        var next = Toy.Trainer(Toy.Quick with { AcceptNewLabels = true }).Fit(four, previous);

        var black = Array.IndexOf(Colors(four), "black") + 1;
        next.Transform(four).GetColumn<uint>("PredictedLabel").Zip(rows).Count(row => row.First == black == (row.Second.Label == "black"))
            .Should().BeGreaterThan(290);
    }

    [Fact]
    public void Fit_MoreKeysWithoutValuesAccepted_KeepTheirNumbers()
    {
        var options = Toy.Quick with { Network = net => net.Dense(8).Tanh() };
        var data = KeyedExample.View(KeyedExample.Examples());
        var previous = Toy.Trainer(options).Fit(data).Model;
        var definition = SchemaDefinition.Create(typeof(KeyedExample));
        definition["Label"].ColumnType = new KeyDataViewType(typeof(uint), 5);
        var wider = Toy.ML.Data.LoadFromEnumerable(KeyedExample.Examples(), definition);

        var next = Toy.Trainer(options with { AcceptNewLabels = true, Optimizer = Standstill, Epochs = 1 }).Fit(wider, previous).Model;

        foreach (var (now, before) in Predictions(next).Chunk(5).Zip(Predictions(previous).Chunk(3)))
            now[..3].Select(probability => probability / now[..3].Sum()).Should().Equal(before, (n, b) => Math.Abs(n - b) < 1e-5);
    }

    [Fact]
    public void Fit_OldLabelMissing_IsRefusedEvenIfNewOnesAreAccepted()
    {
        var previous = Toy.Trainer(Toy.Quick with { Epochs = 1 }).Fit(Data).Model;
        var options = Toy.Quick with { AcceptNewLabels = true };

        var lost = () => Toy.Trainer(options).Fit(Toy.Keyed(Toy.Examples(["red", "green", "black", "white"])), previous);
        var numbers = () => Toy.Trainer(options).Fit(Toy.Keyed(Toy.Examples([1, 2, 3])), previous);
        var yesNos = Formula.View(Formula.YesNos(rows: 20));
        var binary = () => Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(yesNos, previous);

        lost.Should().Throw<ArgumentException>().WithMessage("*'Label'*red, green, blue*they are red, green, black, white.*");
        numbers.Should().Throw<ArgumentException>().WithMessage("*red, green, blue*they are 1, 2, 3.*");
        binary.Should().Throw<ArgumentException>().WithMessage("*another kind: red, green, blue*'Label' has no and yes.*");
    }

    [Fact]
    public void Fit_OptimizerStateKept_GoesOnAsIfNeverEnded()
    {
        // All rows in one batch, so that the order, which starts anew, changes no more than the rounding.
        var options = Toy.Quick with { Network = net => net.Dense(8).Tanh(), BatchSize = 120, Epochs = 5, KeepOptimizerState = true };
        var whole = Toy.Trainer(options with { Epochs = 10 }).Fit(Data).Model;
        var first = Toy.Trainer(options).Fit(Data);
        var loaded = (NeuralNetworkPredictionTransformer)ModelZip.Load(ModelZip.Save(first, Data.Schema));

        var next = Toy.Trainer(options).Fit(Data, loaded.Model);
        var anew = Toy.Trainer(options with { KeepOptimizerState = false }).Fit(Data, loaded.Model).Model;

        Predictions(next.Model).Should().Equal(Predictions(whole), (n, w) => Math.Abs(n - w) < 1e-4);
        Predictions(anew).Zip(Predictions(whole)).Max(pair => Math.Abs(pair.First - pair.Second)).Should().BeGreaterThan(0.01f);
        Toy.PayloadOf(next, Data).Should().Equal(Toy.PayloadOf(Toy.Trainer(options).Fit(Data, first.Model), Data));
        (first.Model.HasOptimizerState, loaded.Model.HasOptimizerState, anew.HasOptimizerState).Should().Be((true, true, false));
    }

    // What was remembered of each output belongs to a label; with others, or in another order, training starts without it.
    [Theory]
    [InlineData("red", "green", "blue", "black")]
    [InlineData("blue", "red", "green")]
    public void Fit_OptimizerStateKeptAndOtherLabelsAccepted_StartsWithoutTheState(params string[] labels)
    {
        var options = Toy.Quick with { KeepOptimizerState = true, AcceptNewLabels = true, Epochs = 2 };
        var kept = Toy.Trainer(options).Fit(Data).Model;
        var dropped = Toy.Trainer(options with { KeepOptimizerState = false }).Fit(Data).Model;
        var others = Toy.Keyed(Toy.Examples(labels));

        var next = Toy.Trainer(options).Fit(others, kept);

        Toy.PayloadOf(next, others).Should().Equal(Toy.PayloadOf(Toy.Trainer(options).Fit(others, dropped), others));
        next.Model.HasOptimizerState.Should().BeTrue();
    }

    [Fact]
    public void Fit_OptimizerStateOfAnotherOptimizer_SaysWhatToDo()
    {
        var options = Toy.Quick with { Epochs = 1, KeepOptimizerState = true };
        var previous = Toy.Trainer(options).Fit(Data).Model;

        var fit = () => Toy.Trainer(options with { Optimizer = new Sgd() }).Fit(Data, previous);

        fit.Should().Throw<ArgumentException>().WithMessage("*saved state is of Adam*start without the state*");
        Toy.Trainer(options with { Optimizer = new Sgd(), KeepOptimizerState = false }).Fit(Data, previous).Should().NotBeNull();
    }

    [Fact]
    public void Fit_PreviousBinaryModel_GoesOn()
    {
        var data = Formula.View(Formula.YesNos());
        var options = Formula.Quick with { Network = net => net.Dense(8).Tanh() };
        var trained = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(data);

        var still = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options with { Optimizer = Standstill, Epochs = 1 })
            .Fit(data, trained.Model);

        still.Transform(data).GetColumn<float>("Score").Should().Equal(trained.Transform(data).GetColumn<float>("Score"));
    }

    [Fact]
    public void Fit_PreviousRegressionModelAndLabelsOfAnotherScale_GoesOnInTheUnitOfTheLabel()
    {
        var options = Formula.Quick with { Network = net => net.Dense(8).Tanh() };
        var trained = Toy.ML.Regression.Trainers.NeuralNetwork(options).Fit(Formula.View(Formula.Numbers()));
        var others = Formula.View([.. Formula.Numbers(seed: 6).Where(row => row.Features[0] > 0)]);

        var still = Toy.ML.Regression.Trainers.NeuralNetwork(options with { Optimizer = Standstill, Epochs = 1 })
            .Fit(others, trained.Model);

        // Rounded twice near 50,000, where a float has steps of 0.004.
        still.Transform(others).GetColumn<float>("Score").Should()
            .Equal(trained.Transform(others).GetColumn<float>("Score"), (s, t) => Math.Abs(s - t) < 0.05);
        still.Model.History[0].TrainingMetric.Should().BeGreaterThan(0.5);
    }

    private static string[] Colors(IDataView data, string column = "Label")
    {
        var values = default(VBuffer<ReadOnlyMemory<char>>);
        data.Schema[column].GetKeyValues(ref values);
        return [.. values.DenseValues().Select(text => text.ToString())];
    }

    private static float[] Predictions(NeuralNetworkModelParameters model)
    {
        float[] features = [.. Toy.Examples(rows: 30, seed: 21).SelectMany(example => example.Features)];
        var predictions = new float[30 * model.OutputCount];
        model.Predict(features, predictions);
        return predictions;
    }
}
