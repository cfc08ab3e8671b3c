namespace MLNet.BatchNorm.Benchmarks.Measuring;

/// <summary>
/// The data every peer computes on: h(i) = lowbias32(i + seed * 0x9E3779B9), x[i] = -1 + 2 * (h >> 8) * 2^-24, label = h(i) mod classes.
/// lowbias32 is Chris Wellons' integer hash (https://nullprogram.com/blog/2018/07/31/).
/// </summary>
internal static class PeerData
{
    public const uint Examples = 1, Labels = 2, UpstreamGradient = 2, InferenceInput = 3, StatisticsMatrix = 4;

    /// <summary>Uniform in [-1, 1).</summary>
    public static float[] Uniform(int count, uint seed)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = -1 + 2 * ((Hash(i, seed) >> 8) * (1f / (1 << 24)));
        return values;
    }

    /// <summary>Class indices as float, the form losses take.</summary>
    public static float[] Classes(int count, int classes, uint seed = Labels)
    {
        var labels = new float[count];
        for (var i = 0; i < count; i++)
            labels[i] = Hash(i, seed) % (uint)classes;
        return labels;
    }

    private static uint Hash(int index, uint seed)
    {
        var x = (uint)index + seed * 0x9E3779B9u;
        x = (x ^ (x >> 16)) * 0x7FEB352D;
        x = (x ^ (x >> 15)) * 0x846CA68B;
        return x ^ (x >> 16);
    }
}
