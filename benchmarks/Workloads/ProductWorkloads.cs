using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>P: products of single-precision matrices, and those of a last layer of few outputs, forward and of both gradients.</summary>
internal static class ProductWorkloads
{
    private delegate void Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n);

    public static IEnumerable<Measurement> Products(Timing timing) =>
        new[] { (1024, 1024, 1024), (128, 784, 512) }.Select(shape => Measure(
            timing, $"sgemm[{shape.Item1}x{shape.Item2}x{shape.Item3}]", MatrixProduct.Multiply, shape.Item1, shape.Item2, shape.Item3));

    public static IEnumerable<Measurement> Narrow(Timing timing) =>
        from one in NarrowCases select Measure(timing, one.Name, one.Product, one.M, one.K, one.N);

    /// <summary>The names of the figures of <see cref="Narrow"/>.</summary>
    public static IEnumerable<string> NarrowNames => NarrowCases.Select(one => one.Name);

    private static IEnumerable<(string Name, Product Product, int M, int K, int N)> NarrowCases
    {
        get
        {
            const int inputs = 256;
            foreach (var rows in (int[])[32, 128, 1024])
                foreach (var outputs in (int[])[2, 3, 5, 10])
                {
                    var name = $"sgemm_narrow[{rows}x{inputs}x{outputs}";
                    yield return ($"{name},forward]", MatrixProduct.Multiply, rows, inputs, outputs);
                    yield return ($"{name},input_gradient]", MatrixProduct.MultiplyTransposedB, rows, outputs, inputs);
                    yield return ($"{name},weight_gradient]", MatrixProduct.MultiplyTransposedA, inputs, rows, outputs);
                }
        }
    }

    private static Measurement Measure(Timing timing, string name, Product product, int m, int k, int n)
    {
        AlignedBuffer a = Aligned.Copy(PeerData.Uniform(m * k, 1)), b = Aligned.Copy(PeerData.Uniform(k * n, 2)), c = new(m * n);
        product(a.Span, b.Span, c.Span, m, k, n);
        // Rounding errors of k products sum like a random walk: sqrt(k) * 2^-24 of the largest element, with room.
        Check.Agree("sgemm", c.Span, Expected(a.Span, b.Span, product, m, k, n), 1e-5);
        var seconds = timing.Measure(() => product(a.Span, b.Span, c.Span, m, k, n));
        return Measurement.OfOperations(name, timing, seconds, 2.0 * m * k * n);
    }

    private static double[] Expected(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Product product, int m, int k, int n)
    {
        var (acrossA, downA) = product == MatrixProduct.MultiplyTransposedA ? (1, m) : (k, 1);
        var (acrossB, downB) = product == MatrixProduct.MultiplyTransposedB ? (1, k) : (n, 1);
        var c = new double[m * n];
        for (var row = 0; row < m; row++)
            for (var depth = 0; depth < k; depth++)
                for (var column = 0; column < n; column++)
                    c[row * n + column] += (double)a[row * acrossA + depth * downA] * b[depth * acrossB + column * downB];
        return c;
    }
}
