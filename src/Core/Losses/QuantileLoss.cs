namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// loss = tau * (t - y) per row where the target t is above the output y, else (1 - tau) * (y - t): the pinball loss (Koenker and Bassett,
/// 1978, Regression quantiles, Econometrica 46, 33-50). Lowest where y is the quantile tau of the targets. The slope at y = t is 0.
/// </summary>
/// <param name="Tau">The share of the targets that is to lie below the predictions; in (0, 1).</param>
internal sealed record QuantileLoss(double Tau) : NumberLoss
{
    internal override (double Loss, double Slope) Of(double output, double target)
    {
        var error = output - target;
        var slope = error switch { > 0 => 1 - Tau, < 0 => -Tau, _ => 0 };
        return (slope * error, slope);
    }
}
