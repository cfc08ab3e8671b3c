using MLNet.BatchNorm;
using MLNet.BatchNorm.Pipelines.Search;
using MLNet.BatchNorm.Transforms.Interop;

namespace Microsoft.ML;

/// <summary>Searches for good settings of neural networks in <c>mlContext.*.Trainers</c>.</summary>
/// <example>
/// <code>
/// var search = ml.BinaryClassification.Trainers.NeuralNetworkSearch(
///     trial => new NeuralNetworkOptions
///     {
///         LabelColumnName = "IsSick",
///         Network = NeuralNetworks.Mlp([trial.Choose("width", 8, 16)]),
///         Epochs = 5,
///     },
///     new NeuralNetworkSearchOptions { Method = SearchMethod.Grid, Seed = 1 });
/// var model = search.Fit(data);
/// </code>
/// </example>
public static class NeuralNetworkSearchCatalog
{
    /// <summary>
    /// Searches for settings of a network that predicts one of several classes; see <see cref="MLNet.BatchNorm.NeuralNetworkSearch"/>.
    /// </summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="space">
    /// Asks a trial for values and makes options of them. It is called several times for each trial and must give the same each time.
    /// </param>
    /// <param name="options">How to search; default: <see cref="SearchMethod.SuccessiveHalving"/> of 32 trials.</param>
    /// <returns>The search, to be appended to a pipeline or fitted.</returns>
    /// <exception cref="ArgumentException">
    /// The function asks for values, or makes options of them, that there cannot be, or there is no such metric.
    /// </exception>
    public static NeuralNetworkSearch NeuralNetworkSearch(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        Func<SearchTrial, NeuralNetworkOptions> space,
        NeuralNetworkSearchOptions? options = null) =>
        new(MLNetInternals.EnvironmentOf(catalog), space, options, SearchedTask.Classes);

    /// <summary>
    /// Searches for settings of a network that answers yes or no; see <see cref="MLNet.BatchNorm.NeuralNetworkSearch"/>.
    /// </summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="space">
    /// Asks a trial for values and makes options of them. It is called several times for each trial and must give the same each time.
    /// </param>
    /// <param name="options">How to search; default: <see cref="SearchMethod.SuccessiveHalving"/> of 32 trials.</param>
    /// <returns>The search, to be appended to a pipeline or fitted.</returns>
    /// <exception cref="ArgumentException">
    /// The function asks for values, or makes options of them, that there cannot be, or there is no such metric.
    /// </exception>
    public static NeuralNetworkSearch NeuralNetworkSearch(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        Func<SearchTrial, NeuralNetworkOptions> space,
        NeuralNetworkSearchOptions? options = null) =>
        new(MLNetInternals.EnvironmentOf(catalog), space, options, SearchedTask.YesOrNo);

    /// <summary>
    /// Searches for settings of a network that predicts a number; see <see cref="MLNet.BatchNorm.NeuralNetworkSearch"/>.
    /// </summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="space">
    /// Asks a trial for values and makes options of them. It is called several times for each trial and must give the same each time.
    /// </param>
    /// <param name="options">How to search; default: <see cref="SearchMethod.SuccessiveHalving"/> of 32 trials.</param>
    /// <returns>The search, to be appended to a pipeline or fitted.</returns>
    /// <exception cref="ArgumentException">
    /// The function asks for values, or makes options of them, that there cannot be, or there is no such metric.
    /// </exception>
    public static NeuralNetworkSearch NeuralNetworkSearch(
        this RegressionCatalog.RegressionTrainers catalog,
        Func<SearchTrial, NeuralNetworkOptions> space,
        NeuralNetworkSearchOptions? options = null) =>
        new(MLNetInternals.EnvironmentOf(catalog), space, options, SearchedTask.Numbers);
}
