namespace MLNet.BatchNorm.Core.Losses;

/// <summary>A loss of counts or amounts of 0 or more, with the log link: the network gives z = log(mean).</summary>
internal abstract record LogLinkLoss : NumberLoss
{
    // Targets are divided by their mean, so this is e^30 = 1e13 times the mean, or as small a part of it. Beyond it the gradients would
    // leave float32, and their squares in an optimizer sooner.
    private const double FarOff = 30;

    public sealed override Link Link => Link.Log;

    /// <summary>
    /// The unit deviance at z, which is convex; where |z| is more than 30, the tangent at 30 or -30 goes on in its place.
    /// </summary>
    internal sealed override (double Loss, double Slope) Of(double output, double target)
    {
        var z = Math.Clamp(output, -FarOff, FarOff);
        var (deviance, slope) = Deviance(z, target);
        return (deviance + slope * (output - z), slope);
    }

    /// <summary>The unit deviance of one row at z = log(mean), and its derivative with respect to z.</summary>
    /// <param name="z">-30 to 30.</param>
    /// <param name="target">0 or more.</param>
    private protected abstract (double Deviance, double Slope) Deviance(double z, double target);
}
