using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>P: products of single-precision matrices.</summary>
internal static class ProductWorkloads
{
    public static IEnumerable<Measurement> Products(Timing timing) =>
        new[] { (1024, 1024, 1024), (128, 784, 512) }.Select(shape => Product(timing, shape.Item1, shape.Item2, shape.Item3));

    private static Measurement Product(Timing timing, int m, int k, int n)
    {
        AlignedBuffer a = Aligned.Copy(PeerData.Uniform(m * k, 1)), b = Aligned.Copy(PeerData.Uniform(k * n, 2)), c = new(m * n);
        MatrixProduct.Multiply(a.Span, b.Span, c.Span, m, k, n);
        // Rounding errors of k products sum like a random walk: sqrt(k) * 2^-24 of the largest element, with room.
        Check.Agree("sgemm", c.Span, Expected(a.Span, b.Span, m, k, n), 1e-5);
        var seconds = timing.Measure(() => MatrixProduct.Multiply(a.Span, b.Span, c.Span, m, k, n));
        return Measurement.Of($"sgemm[{m}x{k}x{n}]", "rate", "GFLOP/s", timing, seconds, s => 2.0 * m * k * n / s / 1e9);
    }

    private static double[] Expected(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int k, int n)
    {
        var c = new double[m * n];
        for (var row = 0; row < m; row++)
            for (var depth = 0; depth < k; depth++)
                for (var column = 0; column < n; column++)
                    c[row * n + column] += (double)a[row * k + depth] * b[depth * n + column];
        return c;
    }
}
