using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// For one of several classes: loss = log(sum(exp(z))) - z[target] per row, with z the outputs of the network (logits) and the target a
/// class index. Predictions are the softmax probabilities.
/// </summary>
internal sealed record SoftmaxCrossEntropy : Loss
{
    /// <summary>
    /// Share s of every target that is spread evenly over all classes: the target becomes (1 - s) * onehot + s / classes (Szegedy et al.,
    /// 2016, arXiv:1512.00567). Keeps the network from growing ever more certain. At least 0, less than 1; default 0.
    /// </summary>
    public float LabelSmoothing { get; init => field = Require.FractionBelowOne(value); }

    /// <inheritdoc/>
    public override string MetricName => Accuracy.Name;

    // d loss / dz = softmax(z) - target, times the row's share of the total weight.
    internal override double Evaluate(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Span<float> gradient)
    {
        var rows = targets.Length;
        var classes = outputs.Length / rows;
        var shares = new RowShares(weights, rows);
        SoftmaxKernels.Softmax(outputs, gradient, classes);

        var sum = 0.0;
        for (var row = 0; row < rows; row++)
        {
            var target = ClassOf(targets[row], row, classes);
            var share = shares[row];
            var logits = outputs.Slice(row * classes, classes);
            var probabilities = gradient.Slice(row * classes, classes);
            var loss = NegativeLogProbability(logits, target, probabilities[target]);
            if (LabelSmoothing > 0)
            {
                // sum of q * -log p, with log p = log p[target] + z - z[target]: the other logarithms are not needed.
                loss += LabelSmoothing * (logits[target] - TensorPrimitives.Sum(logits) / (double)classes);
                TensorPrimitives.Subtract(probabilities, LabelSmoothing / classes, probabilities);
            }

            sum += share * loss;
            probabilities[target] -= 1 - LabelSmoothing;
            if (!weights.IsEmpty)
                TensorPrimitives.Multiply(probabilities, (float)share, probabilities);
        }

        if (weights.IsEmpty)
            TensorPrimitives.Multiply(gradient, (float)shares[0], gradient);   // rows of a few classes are shorter than a vector
        return sum;
    }

    internal override Metric NewMetric() => new Accuracy();

    internal override void Activate(Span<float> outputs, int columns) => SoftmaxKernels.Softmax(outputs, outputs, columns);

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
