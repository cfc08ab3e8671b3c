using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Tables;

/// <summary>The tasks: their columns as they come, categories one-hot, texts as FeaturizeText gives them.</summary>
internal static class TableTasks
{
    private const int RunsOfFewRows = 20;
    private static readonly string[] AdultCategories =
        ["workclass", "education", "marital-status", "occupation", "relationship", "ethnicity", "sex", "native-country"];

    public static IReadOnlyList<TableTask> All { get; } =
    [
        new("iris")
        {
            Divide = (ml, folder, run) => Division.Random(ml, TableFiles.Iris(ml, folder), testFraction: 0.3, seed: run),
            Features = ml => ml.Transforms.Conversion.MapValueToKey("Label"),
            Trainers = TableTrainers.Multiclass,
            Measures = ["accuracy"],
            Evaluate = OfTest((ml, scored) => [ml.MulticlassClassification.Evaluate(scored).MicroAccuracy]),
            Runs = RunsOfFewRows,
        },
        new("heart")
        {
            Divide = (ml, folder, run) => Division.Random(ml, TableFiles.Heart(ml, folder), testFraction: 0.3, seed: run),
            Features = NoChange,
            Trainers = TableTrainers.Binary,
            Measures = ["AUC"],
            Evaluate = OfTest((ml, scored) => [Binary(ml, scored).AreaUnderRocCurve]),
            Runs = RunsOfFewRows,
        },
        new("adult")
        {
            Divide = (ml, folder, _) => Division.Random(ml, TableFiles.Adult(ml, folder), testFraction: 0.2, seed: 1),
            Features = ml => OneHot(ml, AdultCategories, "Numbers"),
            Trainers = TableTrainers.Binary,
            Measures = ["AUC"],
            Evaluate = OfTest((ml, scored) => [Binary(ml, scored).AreaUnderRocCurve]),
        },
        new("bike")
        {
            Divide = (ml, folder, _) => new(
                TableFiles.Bike(ml, folder, "hour_train.csv"), TableFiles.Bike(ml, folder, "hour_test.csv")),
            Features = NoChange,
            Trainers = TableTrainers.Counts,
            Measures = ["R2"],
            Evaluate = OfTest((ml, scored) => [ml.Regression.Evaluate(scored).RSquared]),
        },
        new("taxi")
        {
            // As ML.NET's sample: it trains without unlikely fares and is tested on all.
            Divide = (ml, folder, _) => new(
                ml.Data.FilterRowsByColumn(TableFiles.Taxi(ml, folder, "taxi-fare-train.csv"), "Label", lowerBound: 1, upperBound: 150),
                TableFiles.Taxi(ml, folder, "taxi-fare-test.csv")),
            Features = ml => OneHot(ml, ["vendor_id", "rate_code", "payment_type"], "Numbers"),
            Trainers = TableTrainers.Regression,
            Measures = ["R2", "MAE"],
            Evaluate = OfTest((ml, scored) => RSquaredAndError(ml.Regression.Evaluate(scored))),
        },
        new("spam")
        {
            Divide = (ml, folder, _) => Division.Random(ml, TableFiles.Spam(ml, folder), testFraction: 0.2, seed: 1),
            Features = ml => ml.Transforms.Text.FeaturizeText("Features", "Text"),
            Trainers = TableTrainers.Text,
            Measures = ["accuracy", "AUC"],
            Evaluate = OfTest((ml, scored) => AccuracyAndAuc(Binary(ml, scored))),
            ShowsMemory = true,
        },
        .. CarTasks.All,
    ];

    public static EstimatorChain<ITransformer> NoChange(MLContext ml) => new();

    private static Func<MLContext, ITransformer, Division, double[]> OfTest(Func<MLContext, IDataView, double[]> evaluate) =>
        (ml, model, division) => evaluate(ml, model.Transform(division.Test));

    private static EstimatorChain<ColumnConcatenatingTransformer> OneHot(MLContext ml, string[] categories, string numbers) =>
        ml.Transforms.Categorical.OneHotEncoding([.. categories.Select(name => new InputOutputColumnPair(name))])
            .Append(ml.Transforms.Concatenate("Features", [numbers, .. categories]));

    // The averaged perceptron has no probability.
    private static BinaryClassificationMetrics Binary(MLContext ml, IDataView scored) =>
        ml.BinaryClassification.EvaluateNonCalibrated(scored);

    private static double[] AccuracyAndAuc(BinaryClassificationMetrics metrics) => [metrics.Accuracy, metrics.AreaUnderRocCurve];

    private static double[] RSquaredAndError(RegressionMetrics metrics) => [metrics.RSquared, metrics.MeanAbsoluteError];
}
