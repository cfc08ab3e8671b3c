namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// For a number: a loss per row of the one output of the network and the target. The output is the prediction, unless the loss has another
/// <see cref="Link"/>.
/// </summary>
internal abstract record NumberLoss : Loss
{
    /// <summary>What the output of the network is to the prediction.</summary>
    public virtual Link Link => Link.Identity;

    /// <summary>R^2 of the predictions whatever the loss, so that trainings with different losses can be compared.</summary>
    public sealed override string MetricName => RSquared.Name;

    internal sealed override double Evaluate(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Span<float> gradient)
    {
        RequireOneOutput(outputs.Length, targets.Length, GetType().Name);
        var shares = new RowShares(weights, targets.Length);
        var sum = 0.0;
        for (var row = 0; row < targets.Length; row++)
        {
            var (loss, slope) = Of(outputs[row], targets[row]);
            sum += shares[row] * loss;
            gradient[row] = (float)(shares[row] * slope);
        }

        return sum;
    }

    /// <summary>The loss of one row, and its derivative with respect to the output.</summary>
    internal abstract (double Loss, double Slope) Of(double output, double target);

    internal sealed override Metric NewMetric() => new RSquared(Link);

    internal sealed override void Activate(Span<float> outputs, int columns) => Link.ToPredictions(outputs);
}
