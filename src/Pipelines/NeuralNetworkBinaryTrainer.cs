using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Pipelines.Tasks;

namespace MLNet.BatchNorm;

/// <summary>
/// Trains a small neural network, with batch normalization inside, that answers yes or no: cross-entropy of the sigmoid of one output,
/// which the trainer adds.
/// </summary>
/// <remarks>
/// Input: a Boolean label, a vector of float features of known size, and perhaps a float weight. Rows whose weight is 0 are left out; a
/// feature that is missing or infinite is an error unless the options say otherwise. Rows are kept in memory as float32 up to the stated
/// budget. Output: PredictedLabel, Score, the logit, positive for yes, and Probability, the probability of yes: the sigmoid of Score.
/// Exportable to ONNX: yes.
/// </remarks>
/// <example>
/// <code>
/// var trainer = ml.BinaryClassification.Trainers.NeuralNetwork("IsSick", epochs: 20);
/// var model = trainer.Fit(data);
/// var metrics = ml.BinaryClassification.Evaluate(model.Transform(data), "IsSick");
/// Console.WriteLine($"AUC {metrics.AreaUnderRocCurve:F1}");   // AUC 1.0
/// </code>
/// </example>
public sealed class NeuralNetworkBinaryTrainer : NeuralNetworkTrainer
{
    internal NeuralNetworkBinaryTrainer(IHostEnvironment environment, NeuralNetworkOptions options)
        : base(environment, options, new BinaryTask())
    {
    }
}
