using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Tables;

/// <summary>The trainers that are compared, each with its defaults.</summary>
internal static class Trainers
{
    public static IEnumerable<(string Name, Func<MLContext, IEstimator<ITransformer>> Make)> For(TableTask task) => task.Prediction switch
    {
        Prediction.Binary =>
        [
            ("NeuralNetwork", ml => ml.BinaryClassification.Trainers.NeuralNetwork()),
            ("LightGbm", ml => ml.BinaryClassification.Trainers.LightGbm()),
            ("FastTree", ml => ml.BinaryClassification.Trainers.FastTree()),
            ("SdcaLogisticRegression", ml => ml.BinaryClassification.Trainers.SdcaLogisticRegression()),
            ("SdcaLogisticRegression, NormalizeMinMax", ml => Normalized(ml, ml.BinaryClassification.Trainers.SdcaLogisticRegression())),
            ("LbfgsLogisticRegression", ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression()),
            ("LbfgsLogisticRegression, NormalizeMinMax", ml => Normalized(ml, ml.BinaryClassification.Trainers.LbfgsLogisticRegression())),
        ],
        Prediction.Multiclass =>
        [
            ("NeuralNetwork", ml => ml.MulticlassClassification.Trainers.NeuralNetwork()),
            ("LightGbm", ml => ml.MulticlassClassification.Trainers.LightGbm()),
            ("SdcaMaximumEntropy", ml => ml.MulticlassClassification.Trainers.SdcaMaximumEntropy()),
            ("SdcaMaximumEntropy, NormalizeMinMax", ml => Normalized(ml, ml.MulticlassClassification.Trainers.SdcaMaximumEntropy())),
            ("LbfgsMaximumEntropy", ml => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy()),
            ("LbfgsMaximumEntropy, NormalizeMinMax", ml => Normalized(ml, ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())),
        ],
        _ =>
        [
            ("NeuralNetwork", ml => ml.Regression.Trainers.NeuralNetwork()),
            ("LightGbm", ml => ml.Regression.Trainers.LightGbm()),
            ("FastTree", ml => ml.Regression.Trainers.FastTree()),
            ("FastTreeTweedie", ml => ml.Regression.Trainers.FastTreeTweedie()),
            ("Sdca", ml => ml.Regression.Trainers.Sdca()),
            ("Sdca, NormalizeMinMax", ml => Normalized(ml, ml.Regression.Trainers.Sdca())),
        ],
    };

    // Linear trainers ask for features of one size.
    private static EstimatorChain<ITransformer> Normalized(MLContext ml, IEstimator<ITransformer> trainer) =>
        new EstimatorChain<ITransformer>().Append(ml.Transforms.NormalizeMinMax("Features")).Append(trainer);
}
