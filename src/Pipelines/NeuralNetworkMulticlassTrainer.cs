using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Pipelines.Tasks;

namespace MLNet.BatchNorm;

/// <summary>
/// Trains a small neural network, with batch normalization inside, that predicts one of several classes: softmax cross-entropy over a last
/// dense layer that the trainer adds.
/// </summary>
/// <remarks>
/// Input: a key label (what MapValueToKey gives), a vector of float features of known size, and perhaps a float weight. Rows whose label is
/// missing or whose weight is 0 are left out; a feature that is missing or infinite is an error unless the options say otherwise. Rows are
/// kept in memory as float32 up to the stated budget. Output: PredictedLabel, a key with the label's key values, and Score, the probability
/// of each class. ML.NET's OneVersusAll and PairwiseCoupling accept only ML.NET's own binary models; there is no need for them here.
/// Exportable to ONNX: yes.
/// </remarks>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork("Label", epochs: 20);
/// var model = trainer.Fit(data);
/// var metrics = ml.MulticlassClassification.Evaluate(model.Transform(data));
/// Console.WriteLine($"accuracy {metrics.MicroAccuracy:F1}");   // accuracy 1.0
/// </code>
/// </example>
public sealed class NeuralNetworkMulticlassTrainer : NeuralNetworkTrainer
{
    internal NeuralNetworkMulticlassTrainer(IHostEnvironment environment, NeuralNetworkOptions options)
        : base(environment, options, new MulticlassTask())
    {
    }
}
