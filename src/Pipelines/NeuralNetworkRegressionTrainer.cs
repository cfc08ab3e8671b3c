using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Pipelines.Training;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm;

/// <summary>
/// Trains a small neural network, with batch normalization inside, that predicts a number: squared error of one output, which the trainer
/// adds.
/// </summary>
/// <remarks>
/// Input: a float label, a vector of float features of known size, and perhaps a float weight. Rows whose label is missing (NaN) or whose
/// weight is 0 are left out; a label that is infinite and a feature that is
/// missing or infinite are errors, the latter unless the options say otherwise. Rows are kept in memory as float32 up to the stated budget.
/// Inside, labels are brought to mean 0 and deviation 1, whatever their unit, so losses are shares of their variance. Output:
/// Score, in the unit of the label.
/// </remarks>
public sealed class NeuralNetworkRegressionTrainer : ITrainerEstimator<NeuralNetworkPredictionTransformer, NeuralNetworkModelParameters>
{
    private readonly NetworkTrainer trainer;

    internal NeuralNetworkRegressionTrainer(IHostEnvironment environment, NeuralNetworkOptions options) =>
        trainer = new NetworkTrainer(environment, nameof(NeuralNetworkRegressionTrainer), options, new RegressionTask());

    /// <summary>What ML.NET asks every trainer: this one needs no normalized features in front and caches the rows itself.</summary>
    public TrainerInfo Info { get; } = MLNetInternals.DescribeTrainer();

    /// <summary>Trains a network on <paramref name="input"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">
    /// A layer cannot take what comes in, options contradict each other or need classes, or there are too few rows for the validation
    /// fraction.
    /// </exception>
    /// <exception cref="InvalidOperationException">No row has a label, or a label, feature or weight is not finite.</exception>
    /// <exception cref="TrainingDivergedException">The loss became NaN or infinite.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView input) => Fit(input, previousModelParameters: null);

    /// <summary>Goes on training a network on <paramref name="input"/>: from its weights, gamma, beta and running statistics.</summary>
    /// <param name="input">Rows with the same features and labels as those that the previous model was trained on.</param>
    /// <param name="previousModelParameters">
    /// The model to start from, which stays as it is; null: start anew. It decides the layers, the options Network and Initializer do not
    /// count then. The schedule starts anew, and so does the optimizer unless <see cref="NeuralNetworkOptions.KeepOptimizerState"/> is set.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">
    /// The previous model was trained on another number of features, for another task; or what <see cref="Fit(IDataView)"/> throws.
    /// </exception>
    /// <exception cref="InvalidOperationException">As of <see cref="Fit(IDataView)"/>.</exception>
    /// <exception cref="TrainingDivergedException">The loss became NaN or infinite.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView input, NeuralNetworkModelParameters? previousModelParameters) =>
        trainer.Fit(input, previousModelParameters);

    /// <inheritdoc cref="NeuralNetworkMulticlassTrainer.FindLearningRate"/>
    public LearningRateCurve FindLearningRate(IDataView input, float lowest = 1e-6f, float highest = 10, int steps = 100) =>
        trainer.FindLearningRate(input, lowest, highest, steps);

    /// <summary>The schema with Score.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => trainer.GetOutputSchema(inputSchema);
}
