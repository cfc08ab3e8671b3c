namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// loss = |y - t| per row, with y the output and t the target. Lowest where y is the median of the targets. The slope at y = t is 0.
/// </summary>
internal sealed record AbsoluteError : NumberLoss
{
    internal override (double Loss, double Slope) Of(double output, double target)
    {
        var error = output - target;
        return (Math.Abs(error), error switch { > 0 => 1, < 0 => -1, _ => 0 });
    }
}
