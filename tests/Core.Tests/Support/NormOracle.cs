namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>
/// Any normalization, one value at a time and in double: values of one set share a mean and a variance, values of one channel a gamma and a
/// beta. A normalization is the two maps from the position of a value.
/// </summary>
internal sealed record NormOracle(Func<int, int> SetOf, Func<int, int> ChannelOf, double Epsilon)
{
    /// <summary>How much a value counts in the statistics of its set.</summary>
    public Func<int, double> WeightOf { get; init; } = _ => 1;

    /// <summary>r and d of batch renormalization, which are constants to the gradient.</summary>
    public (Func<int, double> R, Func<int, double> D) Correction { get; init; } = (_ => 1, _ => 0);

    /// <summary>Statistics that do not depend on x, per set; null if they are those of x.</summary>
    public (double[] Mean, double[] Variance)? Fixed { get; init; }

    public static NormOracle Batch(int rows, Shape input, double epsilon, int? virtualBatchSize = null, float[]? weights = null)
    {
        var chunks = new RowChunks(rows, virtualBatchSize ?? rows);
        var ghostOf = Enumerable.Range(0, chunks.Count).SelectMany(i => Enumerable.Repeat(i, chunks[i].Rows)).ToArray();
        return new NormOracle(i => ghostOf[i / input.Size] * input.Channels + i % input.Channels, i => i % input.Channels, epsilon)
        {
            WeightOf = i => weights?[i / input.Size] ?? 1,
        };
    }

    public static NormOracle Group(Shape input, int groups, double epsilon) =>
        new(i => i / input.Size * groups + i % input.Channels / (input.Channels / groups), i => i % input.Channels, epsilon);

    public static NormOracle Layer(Shape input, double epsilon) => new(i => i / input.Size, i => i % input.Size, epsilon);

    public double Mean(double[] x, int set) => Fixed?.Mean[set] ?? Average(Members(x, set), i => x[i]);

    public double Variance(double[] x, int set)
    {
        var mean = Mean(x, set);
        return Fixed?.Variance[set] ?? Average(Members(x, set), i => (x[i] - mean) * (x[i] - mean));
    }

    /// <summary>The outputs; <paramref name="divided"/> is told the variance of each set.</summary>
    public double[] Forward(double[] x, double[] gamma, double[] beta, Action<double>? divided = null)
    {
        var sets = Enumerable.Range(0, x.Length).Select(SetOf).Distinct().ToDictionary(set => set, set => (Mean(x, set), Variance(x, set)));
        foreach (var (_, variance) in sets.Values)
            divided?.Invoke(variance);
        return [.. x.Select((value, i) =>
        {
            var (mean, variance) = sets[SetOf(i)];
            var normalized = (value - mean) / Math.Sqrt(variance + Epsilon) * Correction.R(i) + Correction.D(i);
            return gamma[ChannelOf(i)] * normalized + beta[ChannelOf(i)];
        })];
    }

    private int[] Members(double[] x, int set) => [.. Enumerable.Range(0, x.Length).Where(i => SetOf(i) == set)];

    private double Average(int[] members, Func<int, double> value) =>
        members.Sum(i => WeightOf(i) * value(i)) / members.Sum(WeightOf);
}
