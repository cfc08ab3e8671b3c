namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// loss = 2 * (t * log(t / mean) - t + mean) per row, with mean = exp(z), z the output and t the target, 0 or more: the unit deviance of
/// the Poisson distribution (McCullagh and Nelder, 1989, section 2.3). Its gradient is twice that of the negative log-likelihood. Lowest
/// where the mean is that of the targets.
/// </summary>
internal sealed record PoissonDeviance : LogLinkLoss
{
    private protected override (double Deviance, double Slope) Deviance(double z, double target)
    {
        var mean = Math.Exp(z);
        var entropy = target == 0 ? 0 : target * (Math.Log(target) - z);   // t log t goes to 0 with t
        return (2 * (entropy - target + mean), 2 * (mean - target));
    }
}
