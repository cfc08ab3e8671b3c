namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// For a number: loss = (y - t)^2 per row, with y the one output of the network and t the target. The output is the prediction.
/// </summary>
internal sealed record SquaredError : Loss
{
    /// <inheritdoc/>
    public override string MetricName => RSquared.Name;

    internal override double Evaluate(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Span<float> gradient)
    {
        RequireOneOutput(outputs.Length, targets.Length, nameof(SquaredError));
        var shares = new RowShares(weights, targets.Length);
        var sum = 0.0;
        for (var row = 0; row < targets.Length; row++)
        {
            var error = (double)outputs[row] - targets[row];
            sum += shares[row] * error * error;
            gradient[row] = (float)(shares[row] * 2 * error);
        }

        return sum;
    }

    internal override Metric NewMetric() => new RSquared();

    internal override void Activate(Span<float> outputs, int columns)
    {
    }
}
