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
        // 300 rows of 2 features and a label are 3,600 bytes.
        var options = Toy.Quick with { MemoryBudget = 1200, ValidationFraction = 0.2f };
        var data = Toy.Keyed(Toy.Examples(rows: 300));

        var model = ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(data);

        model.Model.History[^1].ValidationMetric.Should().BeGreaterThan(0.95);
        lines.Should().ContainSingle(line => line.Contains("300 rows do not fit into 1200 bytes"));
        var inMemory = Toy.Trainer(options with { MemoryBudget = 3600 }).Fit(data);
        Toy.PayloadOf(inMemory, data).Should().NotEqual(Toy.PayloadOf(model, data), "a small pool shuffles in another order");
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
