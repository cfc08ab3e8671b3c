namespace MLNet.BatchNorm.Benchmarks.Measuring;

internal static class Medians
{
    /// <summary>The middle value; of an even number of values the larger of the two in the middle.</summary>
    public static double Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
