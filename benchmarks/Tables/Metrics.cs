using Microsoft.ML;

namespace MLNet.BatchNorm.Tables;

/// <summary>What is measured of a kind of prediction.</summary>
internal static class Metrics
{
    public static string[] Names(Prediction prediction) => prediction switch
    {
        Prediction.Binary => ["AUC", "accuracy"],
        Prediction.Multiclass => ["accuracy", "log-loss"],
        _ => ["R²", "MAE"],
    };

    public static double[] Of(MLContext ml, Prediction prediction, IDataView scored)
    {
        switch (prediction)
        {
            case Prediction.Binary:
                var binary = ml.BinaryClassification.EvaluateNonCalibrated(scored);
                return [binary.AreaUnderRocCurve, binary.Accuracy];
            case Prediction.Multiclass:
                var classes = ml.MulticlassClassification.Evaluate(scored);
                return [classes.MicroAccuracy, classes.LogLoss];
            default:
                var numbers = ml.Regression.Evaluate(scored);
                return [numbers.RSquared, numbers.MeanAbsoluteError];
        }
    }
}
