using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

public class BinaryEvaluationTests
{
    private static readonly IDataView Data = Formula.View(Formula.YesNos());
    private static readonly NeuralNetworkBinaryTrainer Trainer = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Formula.Quick);

    [Fact]
    public void Evaluate_LoadedModel_ComesCloseToTheBestPossible()
    {
        var unseen = Formula.YesNos(seed: 6);
        var view = Formula.View(unseen);

        var predictions = ModelZip.Load(ModelZip.Save(Trainer.Fit(Data), Data.Schema)).Transform(view);

        // The best possible scores are the probabilities of the formula themselves.
        var best = Toy.ML.BinaryClassification.Evaluate(Toy.ML.Data.LoadFromEnumerable(unseen.Select(row => new
        {
            row.Label,
            Score = (float)(Formula.ProbabilityOf(row.Features) - 0.5),
            Probability = (float)Formula.ProbabilityOf(row.Features),
            PredictedLabel = Formula.ProbabilityOf(row.Features) > 0.5,
        })));
        var metrics = Toy.ML.BinaryClassification.Evaluate(predictions);
        metrics.AreaUnderRocCurve.Should().BeInRange(best.AreaUnderRocCurve - 0.01, best.AreaUnderRocCurve + 0.01);
        metrics.Accuracy.Should().BeGreaterThan(best.Accuracy - 0.02);
        metrics.LogLoss.Should().BeLessThan(best.LogLoss + 0.03);
        Toy.ML.BinaryClassification.EvaluateNonCalibrated(predictions).AreaUnderRocCurve.Should().Be(metrics.AreaUnderRocCurve);
    }

    [Fact]
    public void CrossValidate_WholePipeline_FitsEveryFold()
    {
        var pipeline = Toy.ML.Transforms.BatchNormalization("Features").Append(Trainer);

        var folds = Toy.ML.BinaryClassification.CrossValidate(Data, pipeline, numberOfFolds: 3, seed: 1);

        folds.Should().HaveCount(3).And.OnlyContain(fold => fold.Metrics.AreaUnderRocCurve > 0.85);
    }

    [Fact]
    public void PermutationFeatureImportance_BothOverloads_FindTheHeavierFeature()
    {
        var data = Toy.ML.Data.LoadFromEnumerable(
            Formula.YesNos().Select(row => new { row.Label, X = row.Features[0], Y = row.Features[1] }).ToArray());
        var model = Toy.ML.Transforms.Concatenate("Features", "X", "Y").Append(Trainer).Fit(data);
        var predictions = model.Transform(data);
        var loaded = ModelZip.Load(ModelZip.Save(model, data.Schema));

        var typed = Toy.ML.BinaryClassification.PermutationFeatureImportance(model.LastTransformer, predictions);
        var untyped = Toy.ML.BinaryClassification.PermutationFeatureImportanceNonCalibrated(loaded, predictions);

        typed[0].AreaUnderRocCurve.Mean.Should().BeLessThan(typed[1].AreaUnderRocCurve.Mean).And.BeNegative();
        untyped["X"].AreaUnderRocCurve.Mean.Should().BeLessThan(untyped["Y"].AreaUnderRocCurve.Mean).And.BeNegative();
    }
}
