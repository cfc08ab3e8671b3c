using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

public class RegressionEvaluationTests
{
    private static readonly IDataView Data = Formula.View(Formula.Numbers());
    private static readonly NeuralNetworkRegressionTrainer Trainer = Toy.ML.Regression.Trainers.NeuralNetwork(Formula.Quick);

    [Fact]
    public void Evaluate_LoadedModel_ComesCloseToTheBestPossible()
    {
        var unseen = Formula.View(Formula.Numbers(seed: 6));

        var predictions = ModelZip.Load(ModelZip.Save(Trainer.Fit(Data), Data.Schema)).Transform(unseen);

        var metrics = Toy.ML.Regression.Evaluate(predictions);
        metrics.RSquared.Should().BeGreaterThan(0.95);
        // An even error of up to 200 has the deviation 200 / sqrt(3) = 115.5: no prediction does better.
        metrics.RootMeanSquaredError.Should().BeInRange(112, 150);
    }

    [Fact]
    public void CrossValidate_WholePipeline_FitsEveryFold()
    {
        var pipeline = Toy.ML.Transforms.BatchNormalization("Features").Append(Trainer);

        var folds = Toy.ML.Regression.CrossValidate(Data, pipeline, numberOfFolds: 3, seed: 1);

        folds.Should().HaveCount(3).And.OnlyContain(fold => fold.Metrics.RSquared > 0.9);
    }

    [Fact]
    public void PermutationFeatureImportance_BothOverloads_FindTheHeavierFeature()
    {
        var data = Toy.ML.Data.LoadFromEnumerable(
            Formula.Numbers().Select(row => new { row.Label, X = row.Features[0], Y = row.Features[1] }).ToArray());
        var model = Toy.ML.Transforms.Concatenate("Features", "X", "Y").Append(Trainer).Fit(data);
        var predictions = model.Transform(data);
        var loaded = ModelZip.Load(ModelZip.Save(model, data.Schema));

        var typed = Toy.ML.Regression.PermutationFeatureImportance(model.LastTransformer, predictions);
        var untyped = Toy.ML.Regression.PermutationFeatureImportance(loaded, predictions);

        typed[0].RSquared.Mean.Should().BeLessThan(typed[1].RSquared.Mean).And.BeNegative();
        untyped["X"].RSquared.Mean.Should().BeLessThan(untyped["Y"].RSquared.Mean).And.BeNegative();
    }
}
