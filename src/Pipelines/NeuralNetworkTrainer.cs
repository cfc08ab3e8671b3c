using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Pipelines.Training;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm;

/// <summary>
/// Trains a small neural network with batch normalization inside; what it predicts is up to <see cref="NeuralNetworkMulticlassTrainer"/>,
/// <see cref="NeuralNetworkBinaryTrainer"/> and <see cref="NeuralNetworkRegressionTrainer"/>.
/// </summary>
/// <example>
/// <code>
/// NeuralNetworkTrainer trainer = ml.Regression.Trainers.NeuralNetwork("Price", epochs: 10);
/// var model = trainer.Fit(ml.Data.TakeRows(data, 80));
/// model = trainer.Fit(data, model.Model);                // goes on with the weights of the first model
/// Console.WriteLine(trainer.Info.NeedNormalization);   // False
/// </code>
/// </example>
public abstract class NeuralNetworkTrainer : ITrainerEstimator<NeuralNetworkPredictionTransformer, NeuralNetworkModelParameters>
{
    private readonly NetworkTrainer trainer;

    private protected NeuralNetworkTrainer(IHostEnvironment environment, NeuralNetworkOptions options, LearningTask task) =>
        trainer = new NetworkTrainer(environment, GetType().Name, options, task);

    /// <summary>What ML.NET asks every trainer: this one needs no normalized features in front and caches the rows itself.</summary>
    public TrainerInfo Info { get; } = MLNetInternals.DescribeTrainer();

    /// <summary>Trains a network on <paramref name="input"/>.</summary>
    /// <returns>The trained model.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type; the parameter name is the option that names it, or ValidationData.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// A layer cannot take what comes in, options contradict each other or do not fit the label, there are too few rows for the validation
    /// fraction, checkpoints cannot be written where the option says, or the one to resume from is of another training.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// No row counts, a label, feature or weight is not finite, or a label is negative where the loss is Poisson or Tweedie.
    /// </exception>
    /// <exception cref="TrainingDivergedException">The loss became NaN or infinite.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView input) => Fit(input, previousModelParameters: null);

    /// <summary>Goes on training a network on <paramref name="input"/>: from its weights, gamma, beta and running statistics.</summary>
    /// <param name="input">
    /// Rows with the same features and labels as those that the previous model was trained on; for several classes, with
    /// <see cref="NeuralNetworkOptions.AcceptNewLabels"/>, perhaps more labels.
    /// </param>
    /// <param name="previousModelParameters">
    /// The model to start from, which stays as it is; null: start anew. It decides the layers: the option Network, if it is set, must ask
    /// for the same ones, and no Initializer counts, nor what else says where weights start. The schedule starts anew, and so does the
    /// optimizer unless <see cref="NeuralNetworkOptions.KeepOptimizerState"/> is set.
    /// </param>
    /// <returns>A new model.</returns>
    /// <exception cref="ArgumentOutOfRangeException">As of <see cref="Fit(IDataView)"/>.</exception>
    /// <exception cref="ArgumentException">
    /// The previous model was trained on another number of features, for another task or other labels, with a loss of another link
    /// (<see cref="RegressionLoss"/>), or has other layers than the option Network asks for; or as of <see cref="Fit(IDataView)"/>.
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

    /// <summary>The schema with the columns that the trained network adds.</summary>
    /// <returns>The schema.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type; the parameter name is the option that names it.
    /// </exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => trainer.GetOutputSchema(inputSchema);
}
