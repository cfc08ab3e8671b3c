namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// loss = e^2 / 2 per row where |e| is at most delta, else delta * (|e| - delta / 2), with e = y - t, y the output and t the target (Huber,
/// 1964, Robust estimation of a location parameter, Annals of Mathematical Statistics 35, 73-101; PyTorch: HuberLoss).
/// </summary>
/// <param name="Delta">Where the square goes over into a straight line; positive.</param>
internal sealed record HuberLoss(double Delta) : NumberLoss
{
    internal override (double Loss, double Slope) Of(double output, double target)
    {
        var error = output - target;
        var slope = Math.Clamp(error, -Delta, Delta);
        return (slope * (error - slope / 2), slope);
    }
}
