using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>Which rows train, and where they are kept.</summary>
public class TrainingRowsTests
{
    [Fact]
    public void Fit_SkipRowsWithMissingFeatures_LeavesTheRowsOutWithAWarning()
    {
        var ml = new MLContext();
        var lines = new List<string>();
        ml.Log += (_, line) => lines.Add(line.Message);
        Example<string>[] some =
        [
            .. Toy.Examples(),
            new() { Label = "red", Features = [float.NaN, 0] },
            new() { Label = "blue", Features = [0, float.PositiveInfinity] },
        ];
        var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(Toy.Quick with { MissingValues = MissingValueHandling.SkipRow });
        var data = Toy.Keyed(Toy.Examples());

        var model = trainer.Fit(Toy.Keyed(some));

        Toy.PayloadOf(model, data).Should().Equal(Toy.PayloadOf(Toy.Trainer().Fit(data), data));
        lines.Should().ContainSingle(line =>
            line.Contains("Kind=Warning") && line.Contains("2 rows with missing or infinite values in column 'Features' were left out"));
    }

    [Fact]
    public void Fit_EveryRowMissesFeatures_SaysSo()
    {
        var only = Toy.Keyed(new Example<string> { Label = "red", Features = [float.NaN, 0] });

        var fit = () => Toy.Trainer(Toy.Quick with { MissingValues = MissingValueHandling.SkipRow }).Fit(only);

        fit.Should().Throw<InvalidOperationException>().WithMessage("*no row to train on*1 miss features*");
    }

    [Fact]
    public void Fit_RowsOverTheBudget_AreReadAgainEveryEpochAndLearned()
    {
        var ml = new MLContext();
        var lines = new List<string>();
        ml.Log += (_, line) => lines.Add(line.Message);
        // 300 rows of 2 features and six numbers more are 9,600 bytes.
        var options = Toy.Quick with { MemoryBudget = 3200, ValidationFraction = 0.2f };
        var data = Toy.Keyed(Toy.Examples(rows: 300));

        var model = ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(data);

        model.Model.History[^1].ValidationMetric.Should().BeGreaterThan(0.95);
        lines.Should().ContainSingle(line => line.Contains("Kind=Warning")
            && line.Contains("300 rows do not fit into the 3200 bytes of the option MemoryBudget") && line.Contains("set it to 9600"));
        var inMemory = Toy.Trainer(options with { MemoryBudget = 9600 }).Fit(data);
        Toy.PayloadOf(inMemory, data).Should().NotEqual(Toy.PayloadOf(model, data), "a small pool shuffles in another order");
    }

    [Theory]
    [InlineData(1L << 30)]
    [InlineData(1000)]
    public void Fit_ClassOfWeightZero_IsTheModelWithoutItsRows(long budget)
    {
        var all = Toy.Examples();
        all[0].Features = [float.NaN, 1e30f];   // a red one
        var mapping = Toy.ML.Transforms.Conversion.MapValueToKey("Label").Fit(Toy.View(all));
        var (data, others) = (mapping.Transform(Toy.View(all)), mapping.Transform(Toy.View([.. all.Where(row => row.Label != "red")])));
        var options = Toy.Quick with { MemoryBudget = budget, ValidationFraction = 0.2f };

        var weightless = Toy.Trainer(options with { ClassWeights = ClassWeights.Of(0, 1, 1) }).Fit(data);

        Toy.PayloadOf(weightless, data).Should().Equal(Toy.PayloadOf(Toy.Trainer(options).Fit(others), data));
    }

    [Fact]
    public void Fit_ClassWeightsNotOnePerClass_AreRefusedBeforeRowsAreRead()
    {
        var unreadable = Toy.Examples();
        unreadable[0].Features = [float.NaN, 0];

        var fit = () => Toy.Trainer(Toy.Quick with { ClassWeights = ClassWeights.Of(1, 2) }).Fit(Toy.Keyed(unreadable));

        fit.Should().Throw<ArgumentException>().WithMessage("ClassWeights has 2 weights for 3 classes*");
    }

    [Fact]
    public void Fit_KeyBeyondTheCountOfItsType_NamesColumnAndRow()
    {
        var claimsTwo = new RetypedView(Toy.Keyed(Toy.Examples()), "Label", new KeyDataViewType(typeof(uint), 2));

        var fit = () => Toy.Trainer(Toy.Quick with { ClassWeights = ClassWeights.Balanced }).Fit(claimsTwo);

        fit.Should().Throw<InvalidOperationException>().WithMessage("*'Label' has the key 3 in row 2*keys are 1 to 2*");
    }

    [Theory]
    [InlineData(1, 1 << 30)]
    [InlineData(3, 1 << 30)]
    [InlineData(3, 1000)]
    public void Fit_RowWhoseLengthDiffersFromItsType_SaysSo(int length, long budget)
    {
        var rows = Toy.Examples();
        rows[^1].Features = new float[length];
        var definition = SchemaDefinition.Create(typeof(Example<string>));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single);
        var keyed = Toy.Keyed(Toy.ML.Data.LoadFromEnumerable(rows, definition));
        var claimsTwo = new RetypedView(keyed, "Features", new VectorDataViewType(NumberDataViewType.Single, 2));

        var fit = () => Toy.Trainer(Toy.Quick with { MemoryBudget = budget }).Fit(claimsTwo);

        fit.Should().Throw<InvalidOperationException>().WithMessage($"*'Features' has {length} values in a row, but its type says 2.");
    }

    [Fact]
    public void Fit_OneClassOnly_WarnsAndNamesIt()
    {
        var ml = new MLContext();
        var warnings = new List<string>();
        ml.Log += (_, line) => warnings.AddRange(line.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning ? [line.Message] : []);
        var all = Toy.Examples();
        var mapping = Toy.ML.Transforms.Conversion.MapValueToKey("Label").Fit(Toy.View(all));

        ml.MulticlassClassification.Trainers.NeuralNetwork(Toy.Quick)
            .Fit(mapping.Transform(Toy.View([.. all.Where(row => row.Label == "green")])));
        ml.MulticlassClassification.Trainers.NeuralNetwork(Toy.Quick).Fit(mapping.Transform(Toy.View(all)));

        warnings.Should().ContainSingle().Which.Should().Contain("Every row has the label green in column 'Label'");
    }

    [Fact]
    public void Fit_StreamedNumbers_AreStandardizedAsInMemory()
    {
        var rows = Formula.Numbers();
        var data = Formula.View(rows);

        var model = Toy.ML.Regression.Trainers.NeuralNetwork(Formula.Quick with { MemoryBudget = 6000 }).Fit(data);

        model.Model.History[^1].TrainingMetric.Should().BeGreaterThan(0.9);
        model.Transform(data).GetColumn<float>("Score").Average().Should().BeApproximately(rows.Average(row => row.Label), 100);
    }
}
