using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// For yes or no: loss = log(1 + exp(z)) - t * z per row, with z the one output of the network (logit) and the target t 0 or 1. Predictions
/// are probabilities of 1: the sigmoid of z.
/// </summary>
internal sealed record SigmoidCrossEntropy : Loss
{
    /// <summary>
    /// Moves the targets towards 1/2: t becomes t * (1 - s) + s / 2. Keeps the network from growing ever more certain. At least 0, less
    /// than 1; default 0.
    /// </summary>
    public float LabelSmoothing { get; init => field = Require.FractionBelowOne(value); }

    /// <inheritdoc/>
    public override string MetricName => Accuracy.Name;

    // d loss / dz = sigmoid(z) - t. As max(z, 0) - t * z + log(1 + exp(-|z|)) nothing overflows.
    internal override double Evaluate(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Span<float> gradient)
    {
        RequireOneOutput(outputs.Length, targets.Length, nameof(SigmoidCrossEntropy));
        var shares = new RowShares(weights, targets.Length);
        VectorMath.Sigmoid(outputs, gradient);

        var sum = 0.0;
        for (var row = 0; row < targets.Length; row++)
        {
            if (targets[row] is not (0 or 1))
                throw new ArgumentException($"Targets must be 0 or 1, got {targets[row]} in row {row} of the batch.");
            double z = outputs[row];
            var target = targets[row] * (1.0 - LabelSmoothing) + LabelSmoothing / 2.0;
            var share = shares[row];
            sum += share * (Math.Max(z, 0) - target * z + Math.Log(1 + Math.Exp(-Math.Abs(z))));
            gradient[row] = (float)(share * (gradient[row] - target));
        }

        return sum;
    }

    internal override Metric NewMetric() => new Accuracy();

    internal override void Activate(Span<float> outputs, int columns) => VectorMath.Sigmoid(outputs, outputs);
}
