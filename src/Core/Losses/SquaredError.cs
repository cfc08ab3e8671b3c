namespace MLNet.BatchNorm.Core.Losses;

/// <summary>loss = (y - t)^2 per row, with y the output and t the target. Lowest where y is the mean of the targets.</summary>
internal sealed record SquaredError : NumberLoss
{
    internal override (double Loss, double Slope) Of(double output, double target)
    {
        var error = output - target;
        return (error * error, 2 * error);
    }
}
