using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNet.BatchNorm.Transforms.Interop;

/// <summary>
/// What ML.NET keeps internal and an outside component needs all the same, one line each. README.md beside this file says why.
/// </summary>
internal static class MLNetInternals
{
    /// <summary>The environment that <c>mlContext.Transforms</c> was made with.</summary>
    public static IHostEnvironment EnvironmentOf(TransformsCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.GetEnvironment();
    }

    /// <summary>
    /// The environment that a catalog of trainers, such as <c>mlContext.MulticlassClassification.Trainers</c>, was made with.
    /// </summary>
    public static IHostEnvironment EnvironmentOf(TrainCatalogBase.CatalogInstantiatorBase catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.GetEnvironment();
    }

    /// <summary>Whether the MLContext behind a component was cancelled.</summary>
    public static bool IsCancelled(IHostEnvironment environment) => environment is ICancelable { IsCanceled: true };

    /// <exception cref="OperationCanceledException">The MLContext behind a component was cancelled.</exception>
    public static void ThrowIfCancelled(IHostEnvironment environment)
    {
        if (IsCancelled(environment))
            throw new OperationCanceledException("Fit was cancelled through the MLContext.");
    }

    /// <summary>A column as an estimator promises it.</summary>
    public static SchemaShape.Column ShapeColumn(
        string name, SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey = false,
        params IEnumerable<SchemaShape.Column> annotations) =>
        new(name, kind, itemType, isKey, new SchemaShape(annotations));

    /// <summary>What a trainer tells of itself: it needs no normalized features, and reads the data itself as often as it likes.</summary>
    public static TrainerInfo DescribeTrainer() => new(normalization: false, calibration: false, caching: false);

    /// <summary>Writes one line of information to <see cref="MLContext.Log"/>.</summary>
    public static void Info(IChannel channel, string message) => channel.Info(message);

    /// <summary>Writes one line of warning to <see cref="MLContext.Log"/>.</summary>
    public static void Warning(IChannel channel, string message) => channel.Warning(message);
}
