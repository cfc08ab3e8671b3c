using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// For one of several classes: loss = log(sum(exp(z))) - z[target] per row, with z the outputs of the network (logits) and the target a
/// class index. Predictions are the softmax probabilities.
/// </summary>
public sealed record SoftmaxCrossEntropy : Loss
{
    // d loss / dz = softmax(z) - onehot(target), times the row's share of the total weight.
    internal override double Evaluate(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Span<float> gradient)
    {
        var rows = targets.Length;
        var classes = outputs.Length / rows;
        var totalWeight = weights.IsEmpty ? rows : WeightOf(weights);
        SoftmaxKernels.Softmax(outputs, gradient, classes);

        var sum = 0.0;
        for (var row = 0; row < rows; row++)
        {
            var target = ClassOf(targets[row], row, classes);
            var share = totalWeight == 0 ? 0 : (weights.IsEmpty ? 1 : weights[row]) / totalWeight;
            var probabilities = gradient.Slice(row * classes, classes);
            sum += share * NegativeLogProbability(outputs.Slice(row * classes, classes), target, probabilities[target]);
            probabilities[target] -= 1;
            TensorPrimitives.Multiply(probabilities, (float)share, probabilities);
        }

        return sum;
    }

    internal override double? CorrectWeight(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights)
    {
        var classes = outputs.Length / targets.Length;
        var correct = 0.0;
        for (var row = 0; row < targets.Length; row++)
        {
            if (TensorPrimitives.IndexOfMax(outputs.Slice(row * classes, classes)) == targets[row])
                correct += weights.IsEmpty ? 1 : weights[row];
        }

        return correct;
    }

    internal override void Activate(Span<float> outputs, int columns) => SoftmaxKernels.Softmax(outputs, outputs, columns);

    private static double WeightOf(ReadOnlySpan<float> weights)
    {
        var sum = 0.0;
        foreach (var weight in weights)
            sum += weight;
        return sum;
    }

    // Where the probability is tiny its float has few digits or is 0, so there the logits are asked; elsewhere one logarithm does.
    private static double NegativeLogProbability(ReadOnlySpan<float> logits, int target, float probability)
    {
        if (probability > 1e-30f || float.IsNaN(probability))
            return -Math.Log(probability);
        var largest = TensorPrimitives.Max(logits);
        var sum = 0.0;
        foreach (var logit in logits)
            sum += Math.Exp((double)logit - largest);
        return largest + Math.Log(sum) - logits[target];
    }

    private static int ClassOf(float target, int row, int classes)
    {
        var index = (int)target;
        return index == target && (uint)index < (uint)classes
            ? index
            : throw new ArgumentException($"Targets must be class indices 0 to {classes - 1}, got {target} in row {row} of the batch.");
    }
}
