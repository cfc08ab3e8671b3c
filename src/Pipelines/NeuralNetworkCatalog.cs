using MLNet.BatchNorm;
using MLNet.BatchNorm.Transforms.Interop;

namespace Microsoft.ML;

/// <summary>Neural networks in <c>mlContext.*.Trainers</c>.</summary>
/// <example>
/// <code>
/// var classifier = ml.MulticlassClassification.Trainers.NeuralNetwork(
///     network: net => net.Dense(32).BatchNorm().Relu(), epochs: 10, validationFraction: 0.2f);
/// var detector = ml.BinaryClassification.Trainers.NeuralNetwork("IsSick", epochs: 10);
/// var regression = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     LabelColumnName = "Price",
///     Epochs = 10,
/// });
/// </code>
/// </example>
public static class NeuralNetworkCatalog
{
    /// <summary>A small neural network that predicts one of several classes; see <see cref="NeuralNetworkMulticlassTrainer"/>.</summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key: what MapValueToKey gives.</param>
    /// <param name="featureColumnName">Name of the feature column, a vector of float of known size.</param>
    /// <param name="exampleWeightColumnName">
    /// Name of a float column with the weight of each row in the loss; default: every row counts the same.
    /// </param>
    /// <param name="network">The layers between features and output; default: <see cref="NeuralNetworkOptions.Network"/>'s.</param>
    /// <param name="epochs">
    /// How often training goes through the rows; positive; default: <see cref="NeuralNetworkOptions.Epochs"/>'s.
    /// </param>
    /// <param name="learningRate">
    /// The largest learning rate of <see cref="AdamW"/>; positive; default: <see cref="NeuralNetworkOptions.Optimizer"/>'s.
    /// </param>
    /// <param name="batchSize">Rows per step; at least 2; default: <see cref="NeuralNetworkOptions.BatchSize"/>'s.</param>
    /// <param name="validationFraction">Share of the rows to report loss and accuracy on, which do not train; 0: none.</param>
    /// <param name="seed">Equal seeds and data give equal models; default: drawn from the MLContext.</param>
    /// <returns>The trainer, to be appended to a pipeline or fitted.</returns>
    public static NeuralNetworkMulticlassTrainer NeuralNetwork(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        Func<NetworkDefinition, NetworkDefinition>? network = null,
        int? epochs = null,
        float? learningRate = null,
        int? batchSize = null,
        float validationFraction = 0,
        int? seed = null) =>
        catalog.NeuralNetwork(OptionsOf(
            labelColumnName, featureColumnName, exampleWeightColumnName, network, epochs, learningRate, batchSize, validationFraction,
            seed));

    /// <summary>
    /// A small neural network that predicts one of several classes, with all options; see <see cref="NeuralNetworkMulticlassTrainer"/>.
    /// </summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="options">Columns, network and training.</param>
    /// <returns>The trainer, to be appended to a pipeline or fitted.</returns>
    public static NeuralNetworkMulticlassTrainer NeuralNetwork(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, NeuralNetworkOptions options) =>
        new(MLNetInternals.EnvironmentOf(catalog), options);

    /// <summary>A small neural network that answers yes or no; see <see cref="NeuralNetworkBinaryTrainer"/>.</summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a Boolean.</param>
    /// <param name="featureColumnName">Name of the feature column, a vector of float of known size.</param>
    /// <param name="exampleWeightColumnName">
    /// Name of a float column with the weight of each row in the loss; default: every row counts the same.
    /// </param>
    /// <param name="network">The layers between features and output; default: <see cref="NeuralNetworkOptions.Network"/>'s.</param>
    /// <param name="epochs">
    /// How often training goes through the rows; positive; default: <see cref="NeuralNetworkOptions.Epochs"/>'s.
    /// </param>
    /// <param name="learningRate">
    /// The largest learning rate of <see cref="AdamW"/>; positive; default: <see cref="NeuralNetworkOptions.Optimizer"/>'s.
    /// </param>
    /// <param name="batchSize">Rows per step; at least 2; default: <see cref="NeuralNetworkOptions.BatchSize"/>'s.</param>
    /// <param name="validationFraction">Share of the rows to report loss and accuracy on, which do not train; 0: none.</param>
    /// <param name="seed">Equal seeds and data give equal models; default: drawn from the MLContext.</param>
    /// <returns>The trainer, to be appended to a pipeline or fitted.</returns>
    public static NeuralNetworkBinaryTrainer NeuralNetwork(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        Func<NetworkDefinition, NetworkDefinition>? network = null,
        int? epochs = null,
        float? learningRate = null,
        int? batchSize = null,
        float validationFraction = 0,
        int? seed = null) =>
        catalog.NeuralNetwork(OptionsOf(
            labelColumnName, featureColumnName, exampleWeightColumnName, network, epochs, learningRate, batchSize, validationFraction,
            seed));

    /// <summary>A small neural network that answers yes or no, with all options; see <see cref="NeuralNetworkBinaryTrainer"/>.</summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="options">Columns, network and training.</param>
    /// <returns>The trainer, to be appended to a pipeline or fitted.</returns>
    public static NeuralNetworkBinaryTrainer NeuralNetwork(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, NeuralNetworkOptions options) =>
        new(MLNetInternals.EnvironmentOf(catalog), options);

    /// <summary>A small neural network that predicts a number; see <see cref="NeuralNetworkRegressionTrainer"/>.</summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a float.</param>
    /// <param name="featureColumnName">Name of the feature column, a vector of float of known size.</param>
    /// <param name="exampleWeightColumnName">
    /// Name of a float column with the weight of each row in the loss; default: every row counts the same.
    /// </param>
    /// <param name="network">The layers between features and output; default: <see cref="NeuralNetworkOptions.Network"/>'s.</param>
    /// <param name="epochs">
    /// How often training goes through the rows; positive; default: <see cref="NeuralNetworkOptions.Epochs"/>'s.
    /// </param>
    /// <param name="learningRate">
    /// The largest learning rate of <see cref="AdamW"/>; positive; default: <see cref="NeuralNetworkOptions.Optimizer"/>'s.
    /// </param>
    /// <param name="batchSize">Rows per step; at least 2; default: <see cref="NeuralNetworkOptions.BatchSize"/>'s.</param>
    /// <param name="validationFraction">Share of the rows to report loss and accuracy on, which do not train; 0: none.</param>
    /// <param name="seed">Equal seeds and data give equal models; default: drawn from the MLContext.</param>
    /// <returns>The trainer, to be appended to a pipeline or fitted.</returns>
    public static NeuralNetworkRegressionTrainer NeuralNetwork(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        Func<NetworkDefinition, NetworkDefinition>? network = null,
        int? epochs = null,
        float? learningRate = null,
        int? batchSize = null,
        float validationFraction = 0,
        int? seed = null) =>
        catalog.NeuralNetwork(OptionsOf(
            labelColumnName, featureColumnName, exampleWeightColumnName, network, epochs, learningRate, batchSize, validationFraction,
            seed));

    /// <summary>
    /// A small neural network that predicts a number, with all options; see <see cref="NeuralNetworkRegressionTrainer"/>.
    /// </summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="options">Columns, network and training.</param>
    /// <returns>The trainer, to be appended to a pipeline or fitted.</returns>
    public static NeuralNetworkRegressionTrainer NeuralNetwork(
        this RegressionCatalog.RegressionTrainers catalog, NeuralNetworkOptions options) =>
        new(MLNetInternals.EnvironmentOf(catalog), options);

    private static NeuralNetworkOptions OptionsOf(
        string labelColumnName, string featureColumnName, string? exampleWeightColumnName,
        Func<NetworkDefinition, NetworkDefinition>? network, int? epochs, float? learningRate, int? batchSize, float validationFraction,
        int? seed) => new()
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            Network = network,
            Epochs = epochs,
            LearningRate = learningRate,
            BatchSize = batchSize,
            ValidationFraction = validationFraction,
            Seed = seed,
        };
}
