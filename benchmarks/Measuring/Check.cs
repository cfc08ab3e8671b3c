namespace MLNet.BatchNorm.Benchmarks.Measuring;

/// <summary>
/// A figure for a wrong result is worth nothing: every workload compares with a double-precision oracle before it is timed.
/// </summary>
internal static class Check
{
    /// <summary>Throws unless all values agree within <paramref name="tolerance"/> times the largest expected magnitude.</summary>
    public static void Agree(string what, ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double tolerance)
    {
        var largest = 0.0;
        foreach (var value in expected)
            largest = Math.Max(largest, Math.Abs(value));
        for (var i = 0; i < actual.Length; i++)
            if (!(Math.Abs(actual[i] - expected[i]) <= tolerance * Math.Max(largest, 1e-30)))
                throw new InvalidOperationException(
                    $"{what}: element {i} is {actual[i]}, the oracle says {expected[i]} (largest magnitude {largest}).");
    }

    /// <summary>Throws unless the two agree within <paramref name="tolerance"/> relatively.</summary>
    public static void Agree(string what, double actual, double expected, double tolerance)
    {
        if (!(Math.Abs(actual - expected) <= tolerance * Math.Max(Math.Abs(expected), 1e-12)))
            throw new InvalidOperationException($"{what}: {actual}, the oracle says {expected}.");
    }
}
