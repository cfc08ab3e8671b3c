using MLNet.BatchNorm;
using MLNet.BatchNorm.Transforms.Interop;

namespace Microsoft.ML;

/// <summary>Neural networks in <c>mlContext.*.Trainers</c>.</summary>
public static class NeuralNetworkCatalog
{
    /// <summary>A small neural network that predicts one of several classes; see <see cref="NeuralNetworkMulticlassTrainer"/>.</summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="labelColumnName">Name of the label column, a key: what MapValueToKey gives.</param>
    /// <param name="featureColumnName">Name of the feature column, a vector of float of known size.</param>
    /// <param name="exampleWeightColumnName">
    /// Name of a float column with the weight of each row in the loss; default: every row counts the same.
    /// </param>
    /// <param name="network">The layers between features and output; default: <c>net => net.Dense(64).BatchNorm().Relu()</c>.</param>
    /// <param name="epochs">How often training goes through the rows; positive.</param>
    public static NeuralNetworkMulticlassTrainer NeuralNetwork(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        Func<NetworkDefinition, NetworkDefinition>? network = null,
        int epochs = 20) =>
        catalog.NeuralNetwork(Options(labelColumnName, featureColumnName, exampleWeightColumnName, network, epochs));

    /// <summary>
    /// A small neural network that predicts one of several classes, with all options; see <see cref="NeuralNetworkMulticlassTrainer"/>.
    /// </summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="options">Columns, network and training.</param>
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
    /// <param name="network">The layers between features and output; default: <c>net => net.Dense(64).BatchNorm().Relu()</c>.</param>
    /// <param name="epochs">How often training goes through the rows; positive.</param>
    public static NeuralNetworkBinaryTrainer NeuralNetwork(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        Func<NetworkDefinition, NetworkDefinition>? network = null,
        int epochs = 20) =>
        catalog.NeuralNetwork(Options(labelColumnName, featureColumnName, exampleWeightColumnName, network, epochs));

    /// <summary>A small neural network that answers yes or no, with all options; see <see cref="NeuralNetworkBinaryTrainer"/>.</summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="options">Columns, network and training.</param>
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
    /// <param name="network">The layers between features and output; default: <c>net => net.Dense(64).BatchNorm().Relu()</c>.</param>
    /// <param name="epochs">How often training goes through the rows; positive.</param>
    public static NeuralNetworkRegressionTrainer NeuralNetwork(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        Func<NetworkDefinition, NetworkDefinition>? network = null,
        int epochs = 20) =>
        catalog.NeuralNetwork(Options(labelColumnName, featureColumnName, exampleWeightColumnName, network, epochs));

    /// <summary>
    /// A small neural network that predicts a number, with all options; see <see cref="NeuralNetworkRegressionTrainer"/>.
    /// </summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="options">Columns, network and training.</param>
    public static NeuralNetworkRegressionTrainer NeuralNetwork(
        this RegressionCatalog.RegressionTrainers catalog, NeuralNetworkOptions options) =>
        new(MLNetInternals.EnvironmentOf(catalog), options);

    private static NeuralNetworkOptions Options(
        string label, string features, string? weights, Func<NetworkDefinition, NetworkDefinition>? network, int epochs)
    {
        var options = new NeuralNetworkOptions
        {
            LabelColumnName = label,
            FeatureColumnName = features,
            ExampleWeightColumnName = weights,
            Epochs = epochs,
        };
        return network is null ? options : options with { Network = network };
    }
}
