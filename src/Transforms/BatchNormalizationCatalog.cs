using MLNet.BatchNorm;
using MLNet.BatchNorm.Transforms.Interop;

namespace Microsoft.ML;

/// <summary>Batch normalization in <c>mlContext.Transforms</c>.</summary>
/// <example>
/// <code>
/// var pipeline = ml.Transforms.BatchNormalization("Scaled", "Features")
///     .Append(ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(featureColumnName: "Scaled"));
/// var model = pipeline.Fit(data);
/// </code>
/// </example>
public static class BatchNormalizationCatalog
{
    /// <summary>Normalizes one column; see <see cref="BatchNormalizationEstimator"/>.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">Name of the new column; the input column of the same name, if any, is hidden.</param>
    /// <param name="inputColumnName">
    /// Name of the column to normalize, float or double, scalar or known-size vector; default: <paramref name="outputColumnName"/>.
    /// </param>
    /// <param name="epsilon">The variance is multiplied by 1 + epsilon before the square root; positive.</param>
    /// <param name="center">Whether beta is added.</param>
    /// <param name="scale">Whether the result is multiplied by gamma.</param>
    /// <param name="layout">Which values share their statistics.</param>
    /// <returns>The estimator, to be appended to a pipeline or fitted.</returns>
    public static BatchNormalizationEstimator BatchNormalization(
        this TransformsCatalog catalog,
        string outputColumnName,
        string? inputColumnName = null,
        float epsilon = 1e-5f,
        bool center = true,
        bool scale = true,
        ChannelLayout layout = ChannelLayout.PerSlot) =>
        catalog.BatchNormalization([new InputOutputColumnPair(outputColumnName, inputColumnName)], epsilon, center, scale, layout);

    /// <summary>Normalizes several columns in one pass over the data; see <see cref="BatchNormalizationEstimator"/>.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="columns">The columns to normalize, each with the name of its output.</param>
    /// <param name="epsilon">The variance is multiplied by 1 + epsilon before the square root; positive.</param>
    /// <param name="center">Whether beta is added.</param>
    /// <param name="scale">Whether the result is multiplied by gamma.</param>
    /// <param name="layout">Which values share their statistics.</param>
    /// <returns>The estimator, to be appended to a pipeline or fitted.</returns>
    public static BatchNormalizationEstimator BatchNormalization(
        this TransformsCatalog catalog,
        InputOutputColumnPair[] columns,
        float epsilon = 1e-5f,
        bool center = true,
        bool scale = true,
        ChannelLayout layout = ChannelLayout.PerSlot) =>
        catalog.BatchNormalization(new BatchNormalizationOptions
        {
            Columns = columns,
            Epsilon = epsilon,
            Center = center,
            Scale = scale,
            Layout = layout,
        });

    /// <summary>Normalizes columns with all options; see <see cref="BatchNormalizationEstimator"/>.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="options">What to normalize, and how.</param>
    /// <returns>The estimator, to be appended to a pipeline or fitted.</returns>
    public static BatchNormalizationEstimator BatchNormalization(this TransformsCatalog catalog, BatchNormalizationOptions options) =>
        new(MLNetInternals.EnvironmentOf(catalog), options);
}
