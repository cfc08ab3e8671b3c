using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Pipelines.Tasks;

namespace MLNet.BatchNorm;

/// <summary>
/// Trains a small neural network, with batch normalization inside, that predicts a number: the loss that the option
/// <see cref="NeuralNetworkOptions.RegressionLoss"/> says, of one output, which the trainer adds.
/// </summary>
/// <remarks>
/// Input: a float label, a vector of float features of known size, and perhaps a float weight. Rows whose label is missing (NaN) or whose
/// weight is 0 are left out; a label that is infinite and a feature that is missing or infinite are errors, the latter unless the options
/// say otherwise. Rows are kept in memory as float32 up to the stated budget. Inside, labels are brought to mean 0 and deviation 1,
/// whatever their unit, so squared losses are shares of their variance; with a Poisson or Tweedie loss to mean 1. Output: Score, in the
/// unit of the label. Exportable to ONNX: yes.
/// </remarks>
/// <example>
/// <code>
/// var trainer = ml.Regression.Trainers.NeuralNetwork("Price", epochs: 60);
/// var model = trainer.Fit(data);
/// var metrics = ml.Regression.Evaluate(model.Transform(data), "Price");
/// Console.WriteLine($"R^2 {metrics.RSquared:F1}");   // R^2 1.0
/// </code>
/// </example>
public sealed class NeuralNetworkRegressionTrainer : NeuralNetworkTrainer
{
    internal NeuralNetworkRegressionTrainer(IHostEnvironment environment, NeuralNetworkOptions options)
        : base(environment, options, new RegressionTask())
    {
    }
}
