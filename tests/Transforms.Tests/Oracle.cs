namespace MLNet.BatchNorm.Transforms.Tests;

/// <summary>Batch normalization written down again as plainly as possible, in double.</summary>
internal static class Oracle
{
    public static double Mean(IReadOnlyCollection<double> values) => values.Sum() / values.Count;

    // Two passes: E[x^2] - E[x]^2 loses all digits when the mean is large.
    public static double Variance(IReadOnlyCollection<double> values)
    {
        var mean = Mean(values);
        return values.Sum(value => (value - mean) * (value - mean)) / values.Count;
    }

    public static double[] Normalize(IReadOnlyCollection<double> values, double gamma = 1, double beta = 0, float epsilon = 1e-5f)
    {
        var mean = Mean(values);
        var deviation = Math.Sqrt(Variance(values) * (1.0 + epsilon));
        return [.. values.Select(value => gamma * (value - mean) / deviation + beta)];
    }

    /// <summary>The values of one column of rows.</summary>
    public static double[] Slot<T>(T[][] rows, int slot) where T : IConvertible =>
        [.. rows.Select(row => Convert.ToDouble(row[slot], null))];
}
