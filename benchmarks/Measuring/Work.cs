namespace MLNet.BatchNorm.Benchmarks.Measuring;

/// <summary>What a figure takes of the limit that bounds it.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Amount">
/// Float operations, or bytes that must go to or from memory once: of the whole call where the figure is a time, of one of what it counts
/// where it is a rate.
/// </param>
internal sealed record Work(Limit Limit, double Amount)
{
    public static Work OfOperations(double amount) => new(Limit.MultiplyAdd, amount);
}
