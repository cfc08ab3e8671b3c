using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

public class ImageEvaluationTests
{
    [Fact]
    public void CrossValidate_ImageNetworkWithAugmentation_FitsEveryFold()
    {
        var trainer = Toy.Trainer(Pictures.Quick with { Augmentation = new Augmentation { Shift = 0.05f } });

        var folds = Toy.ML.MulticlassClassification.CrossValidate(Pictures.Keyed(rows: 300), trainer, numberOfFolds: 3, seed: 1);

        folds.Should().HaveCount(3).And.OnlyContain(fold => fold.Metrics.MicroAccuracy > 0.9);
    }

    [Fact]
    public void CrossValidate_RegressionAndBinaryOnImages_FitEveryFold()
    {
        var numbers = Pictures.View(label => (float)label, ChannelLayout.ChannelsFirst, dimensions: true, rows: 300);
        var answers = Pictures.View(label => label > 1, ChannelLayout.ChannelsFirst, dimensions: true, rows: 300);

        var regressions = Toy.ML.Regression.CrossValidate(
            numbers, Toy.ML.Regression.Trainers.NeuralNetwork(Pictures.Quick), numberOfFolds: 3, seed: 1);
        var binaries = Toy.ML.BinaryClassification.CrossValidate(
            answers, Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Pictures.Quick), numberOfFolds: 3, seed: 1);

        regressions.Should().HaveCount(3).And.OnlyContain(fold => fold.Metrics.RSquared > 0.7);
        binaries.Should().HaveCount(3).And.OnlyContain(fold => fold.Metrics.Accuracy > 0.9);
    }
}
