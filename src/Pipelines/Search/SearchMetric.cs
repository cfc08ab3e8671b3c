using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>A metric of ML.NET.</summary>
/// <param name="Name">As ML.NET calls it.</param>
/// <param name="IsHigherBetter">Whether it grows as predictions get better.</param>
/// <param name="Measure">Of predictions, given the name of the label column.</param>
internal sealed record SearchMetric(string Name, bool IsHigherBetter, Func<MLContext, IDataView, string, double> Measure)
{
    /// <summary>The first is the default.</summary>
    public static IReadOnlyList<SearchMetric> ForClasses { get; } =
    [
        Class(nameof(MulticlassClassificationMetrics.MicroAccuracy), true, metrics => metrics.MicroAccuracy),
        Class(nameof(MulticlassClassificationMetrics.MacroAccuracy), true, metrics => metrics.MacroAccuracy),
        Class(nameof(MulticlassClassificationMetrics.LogLoss), false, metrics => metrics.LogLoss),
        Class(nameof(MulticlassClassificationMetrics.LogLossReduction), true, metrics => metrics.LogLossReduction),
    ];

    /// <summary>The first is the default.</summary>
    public static IReadOnlyList<SearchMetric> ForYesOrNo { get; } =
    [
        YesOrNo(nameof(CalibratedBinaryClassificationMetrics.Accuracy), true, metrics => metrics.Accuracy),
        YesOrNo(nameof(CalibratedBinaryClassificationMetrics.AreaUnderRocCurve), true, metrics => metrics.AreaUnderRocCurve),
        YesOrNo(
            nameof(CalibratedBinaryClassificationMetrics.AreaUnderPrecisionRecallCurve), true,
            metrics => metrics.AreaUnderPrecisionRecallCurve),
        YesOrNo(nameof(CalibratedBinaryClassificationMetrics.F1Score), true, metrics => metrics.F1Score),
        YesOrNo(nameof(CalibratedBinaryClassificationMetrics.LogLoss), false, metrics => metrics.LogLoss),
        YesOrNo(nameof(CalibratedBinaryClassificationMetrics.LogLossReduction), true, metrics => metrics.LogLossReduction),
    ];

    /// <summary>The first is the default.</summary>
    public static IReadOnlyList<SearchMetric> ForNumbers { get; } =
    [
        Number(nameof(RegressionMetrics.RSquared), true, metrics => metrics.RSquared),
        Number(nameof(RegressionMetrics.MeanAbsoluteError), false, metrics => metrics.MeanAbsoluteError),
        Number(nameof(RegressionMetrics.MeanSquaredError), false, metrics => metrics.MeanSquaredError),
        Number(nameof(RegressionMetrics.RootMeanSquaredError), false, metrics => metrics.RootMeanSquaredError),
    ];

    /// <summary>The metric of that name; null: the default.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static SearchMetric Find(IReadOnlyList<SearchMetric> metrics, string? name) => name is null
        ? metrics[0]
        : metrics.FirstOrDefault(metric => metric.Name == name) ?? throw new ArgumentException(
            $"There is no metric '{name}' for this kind of label. "
            + $"{nameof(NeuralNetworkSearchOptions.Metric)} must be one of {string.Join(", ", metrics.Select(metric => metric.Name))}.");

    /// <summary>Whether one value is better than another.</summary>
    public bool IsBetter(double value, double than) => IsHigherBetter ? value > than : value < than;

    private static SearchMetric Class(string name, bool isHigherBetter, Func<MulticlassClassificationMetrics, double> value) =>
        new(name, isHigherBetter, (ml, scored, label) => value(ml.MulticlassClassification.Evaluate(scored, label)));

    private static SearchMetric YesOrNo(string name, bool isHigherBetter, Func<CalibratedBinaryClassificationMetrics, double> value) =>
        new(name, isHigherBetter, (ml, scored, label) => value(ml.BinaryClassification.Evaluate(scored, label)));

    private static SearchMetric Number(string name, bool isHigherBetter, Func<RegressionMetrics, double> value) =>
        new(name, isHigherBetter, (ml, scored, label) => value(ml.Regression.Evaluate(scored, label)));
}
