using Microsoft.ML;

namespace MLNet.BatchNorm.Tables;

/// <summary>
/// The library's trainers and those of ML.NET that apply, all with their short overloads. ML.NET's documentation asks for normalized
/// features in front of its linear trainers, so these are measured with them, too.
/// </summary>
internal static class TableTrainers
{
    /// <summary>The library's. It stands first in every list, as the others are measured against it.</summary>
    public const string Ours = "NeuralNetwork";

    public static IReadOnlyList<TableTrainer> Multiclass { get; } =
    [
        new(Ours, ml => ml.MulticlassClassification.Trainers.NeuralNetwork()),
        new("LightGbm", ml => ml.MulticlassClassification.Trainers.LightGbm()),
        .. WithAndWithoutNormalization("Sdca", ml => ml.MulticlassClassification.Trainers.SdcaMaximumEntropy()),
        .. WithAndWithoutNormalization("Lbfgs", ml => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy()),
    ];

    public static IReadOnlyList<TableTrainer> Binary { get; } =
    [
        new(Ours, ml => ml.BinaryClassification.Trainers.NeuralNetwork()),
        new("FastTree", ml => ml.BinaryClassification.Trainers.FastTree()),
        new("LightGbm", ml => ml.BinaryClassification.Trainers.LightGbm()),
        .. WithAndWithoutNormalization("Sdca", ml => ml.BinaryClassification.Trainers.SdcaLogisticRegression()),
        .. WithAndWithoutNormalization("Lbfgs", ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression()),
    ];

    /// <summary>FeaturizeText gives normalized features.</summary>
    public static IReadOnlyList<TableTrainer> Text { get; } =
    [
        .. Binary.Where(trainer => !trainer.Name.EndsWith(Normalized, StringComparison.Ordinal)),
        new("AveragedPerceptron", ml => ml.BinaryClassification.Trainers.AveragedPerceptron()),
    ];

    public static IReadOnlyList<TableTrainer> Regression { get; } =
    [
        new(Ours, ml => ml.Regression.Trainers.NeuralNetwork()),
        new("FastTree", ml => ml.Regression.Trainers.FastTree()),
        new("LightGbm", ml => ml.Regression.Trainers.LightGbm()),
        .. WithAndWithoutNormalization("Sdca", ml => ml.Regression.Trainers.Sdca()),
        .. WithAndWithoutNormalization("LbfgsPoisson", ml => ml.Regression.Trainers.LbfgsPoissonRegression()),
    ];

    /// <summary>For labels that are counts.</summary>
    public static IReadOnlyList<TableTrainer> Counts { get; } =
        [.. Regression, new("FastTreeTweedie", ml => ml.Regression.Trainers.FastTreeTweedie())];

    private const string Normalized = "-normalized";

    private static TableTrainer[] WithAndWithoutNormalization(string name, Func<MLContext, IEstimator<ITransformer>> make) =>
    [
        new(name, make),
        new(name + Normalized, ml => ml.Transforms.NormalizeMeanVariance("Features").Append(make(ml))),
    ];
}
