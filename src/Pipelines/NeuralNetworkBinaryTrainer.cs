using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Pipelines.Training;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm;

/// <summary>
/// Trains a small neural network, with batch normalization inside, that answers yes or no: cross-entropy of the sigmoid of one output,
/// which the trainer adds.
/// </summary>
/// <remarks>
/// Input: a Boolean label, a vector of float features of known size, and perhaps a float weight. Rows whose weight is 0 are left out; a
/// feature that is missing or infinite is an error unless the options say otherwise. Rows are kept in
/// memory as float32 up to the stated budget. Output: PredictedLabel, Score, the logit, positive for yes, and Probability, the probability
/// of yes: the sigmoid of Score.
/// </remarks>
public sealed class NeuralNetworkBinaryTrainer : ITrainerEstimator<NeuralNetworkPredictionTransformer, NeuralNetworkModelParameters>
{
    private readonly NetworkTrainer trainer;

    internal NeuralNetworkBinaryTrainer(IHostEnvironment environment, NeuralNetworkOptions options) =>
        trainer = new NetworkTrainer(environment, nameof(NeuralNetworkBinaryTrainer), options, new BinaryTask());

    /// <summary>What ML.NET asks every trainer: this one needs no normalized features in front and caches the rows itself.</summary>
    public TrainerInfo Info { get; } = MLNetInternals.DescribeTrainer();

    /// <summary>Trains a network on <paramref name="input"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">
    /// A layer cannot take what comes in, options contradict each other, or there are too few rows for the validation fraction.
    /// </exception>
    /// <exception cref="InvalidOperationException">No row counts, or a feature or weight is not finite.</exception>
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

    /// <summary>The schema with PredictedLabel, Score and Probability.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => trainer.GetOutputSchema(inputSchema);
}
