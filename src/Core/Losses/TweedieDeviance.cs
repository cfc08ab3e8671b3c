namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// loss = 2 * (t^(2 - p) / ((1 - p) * (2 - p)) - t * mean^(1 - p) / (1 - p) + mean^(2 - p) / (2 - p)) per row, with mean = exp(z), z the
/// output and t the target, 0 or more: the unit deviance of the Tweedie distributions with variance proportional to mean^p, which for p
/// between 1 and 2 are sums of a Poisson number of gamma distributed amounts (Jorgensen, 1987, Exponential dispersion models, Journal of
/// the Royal Statistical Society B 49, 127-162). Lowest where the mean is that of the targets.
/// </summary>
/// <param name="Power">p, in (1, 2): close to 1 like counts, close to 2 like amounts that are never 0.</param>
internal sealed record TweedieDeviance(double Power) : LogLinkLoss
{
    private protected override (double Deviance, double Slope) Deviance(double z, double target)
    {
        var (one, two) = (1 - Power, 2 - Power);
        var (meanToOne, meanToTwo) = (Math.Exp(one * z), Math.Exp(two * z));
        var deviance = Math.Pow(target, two) / (one * two) - target * meanToOne / one + meanToTwo / two;
        return (2 * deviance, 2 * (meanToTwo - target * meanToOne));
    }
}
