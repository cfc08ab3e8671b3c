using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>Every estimator there is, for columns called as in <see cref="Anything"/>.</summary>
internal static class Estimators
{
    public static IEstimator<ITransformer> Normalization(Func<BatchNormalizationOptions, BatchNormalizationOptions> change) =>
        Toy.ML.Transforms.BatchNormalization(change(new BatchNormalizationOptions { Columns = [new("Normalized", "Features")] }));

    /// <summary>For classes, for yes and no, and for numbers.</summary>
    public static IEstimator<ITransformer>[] Trainers(Func<NeuralNetworkOptions, NeuralNetworkOptions> change)
    {
        return
        [
            Toy.ML.MulticlassClassification.Trainers.NeuralNetwork(Labelled(nameof(Anything.Class))),
            Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Labelled(nameof(Anything.YesNo))),
            Toy.ML.Regression.Trainers.NeuralNetwork(Labelled(nameof(Anything.Number))),
        ];

        NeuralNetworkOptions Labelled(string label) => change(new NeuralNetworkOptions { LabelColumnName = label, Epochs = 1, Seed = 1 });
    }
}
