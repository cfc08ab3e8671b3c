using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Pipelines.Training;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm;

/// <summary>
/// Trains a small neural network, with batch normalization inside, that predicts one of several classes: softmax cross-entropy over a last
/// dense layer that the
/// trainer adds.
/// </summary>
/// <remarks>
/// Input: a key label (what MapValueToKey gives), a vector of float features of known size, and perhaps a float weight. Rows whose label is
/// missing or whose weight is 0 are left out; a feature that is missing or
/// infinite is an error unless the options say otherwise. Rows are kept in memory as float32 up to the stated budget. Output:
/// PredictedLabel, a key with the label's key values, and Score, the probability of each class.
/// ML.NET's OneVersusAll and PairwiseCoupling accept only ML.NET's own binary models; there is no need for them here.
/// </remarks>
public sealed class NeuralNetworkMulticlassTrainer : ITrainerEstimator<NeuralNetworkPredictionTransformer, NeuralNetworkModelParameters>
{
    private readonly NetworkTrainer trainer;

    internal NeuralNetworkMulticlassTrainer(IHostEnvironment environment, NeuralNetworkOptions options) =>
        trainer = new NetworkTrainer(environment, nameof(NeuralNetworkMulticlassTrainer), options, new MulticlassTask());

    /// <summary>What ML.NET asks every trainer: this one needs no normalized features in front and caches the rows itself.</summary>
    public TrainerInfo Info { get; } = MLNetInternals.DescribeTrainer();

    /// <summary>Trains a network on <paramref name="input"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">
    /// A layer cannot take what comes in, options contradict each other or do not fit the label, or there are too few rows for the
    /// validation fraction.
    /// </exception>
    /// <exception cref="InvalidOperationException">No row has a label, or a feature or weight is not finite.</exception>
    /// <exception cref="TrainingDivergedException">The loss became NaN or infinite.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView input) => Fit(input, previousModelParameters: null);

    /// <summary>Goes on training a network on <paramref name="input"/>: from its weights, gamma, beta and running statistics.</summary>
    /// <param name="input">
    /// Rows with the same features and labels as those that the previous model was trained on; with
    /// <see cref="NeuralNetworkOptions.AcceptNewLabels"/> perhaps more labels.
    /// </param>
    /// <param name="previousModelParameters">
    /// The model to start from, which stays as it is; null: start anew. It decides the layers, the options Network and Initializer do not
    /// count then. The schedule starts anew, and so does the optimizer unless <see cref="NeuralNetworkOptions.KeepOptimizerState"/> is set.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">
    /// The previous model was trained on another number of features, for another task or other key values; or what <see
    /// cref="Fit(IDataView)"/> throws.
    /// </exception>
    /// <exception cref="InvalidOperationException">As of <see cref="Fit(IDataView)"/>.</exception>
    /// <exception cref="TrainingDivergedException">The loss became NaN or infinite.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView input, NeuralNetworkModelParameters? previousModelParameters) =>
        trainer.Fit(input, previousModelParameters);

    /// <summary>
    /// Looks for a learning rate: trains a new network for some steps, each with a larger rate, and watches the loss
    /// (Smith, 2017, arXiv:1506.01186). Nothing is kept of it.
    /// </summary>
    /// <param name="input">The rows that <see cref="Fit(IDataView)"/> will be given. Validation options and schedule play no part.</param>
    /// <param name="lowest">Rate of the first step; positive.</param>
    /// <param name="highest">Rate of the last step, unless the loss breaks out before; more than <paramref name="lowest"/>.</param>
    /// <param name="steps">How many, with the same factor between the rates of two; at least 2.</param>
    /// <returns>The curve, and the rate it suggests for <see cref="NeuralNetworkOptions.Optimizer"/>.</returns>
    /// <exception cref="ArgumentException">The rates or steps are out of range; or as of <see cref="Fit(IDataView)"/>.</exception>
    /// <exception cref="InvalidOperationException">As of <see cref="Fit(IDataView)"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public LearningRateCurve FindLearningRate(IDataView input, float lowest = 1e-6f, float highest = 10, int steps = 100) =>
        trainer.FindLearningRate(input, lowest, highest, steps);

    /// <summary>The schema with PredictedLabel and Score; PredictedLabel has key values exactly when the label has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => trainer.GetOutputSchema(inputSchema);
}
