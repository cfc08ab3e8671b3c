using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

[Collection(nameof(WorkersAlone))]
public sealed class MatrixProductTests
{
    public enum Form
    {
        Plain,
        TransposedA,
        TransposedB,
    }

    // Widths about every vector and panel border, depths about the cache blocking (512), heights about the tile (12) and the row block
    // (128).
    private static readonly int[] Heights = [1, 2, 3, 5, 11, 12, 13, 24, 31, 60, 127, 128, 129, 250];
    private static readonly int[] Depths = [0, 1, 2, 7, 16, 33, 100, 511, 513, 1100];
    private static readonly int[] Widths = [1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 64, 100, 128, 130, 257];

    [Theory]
    [InlineData(Form.Plain)]
    [InlineData(Form.TransposedA)]
    [InlineData(Form.TransposedB)]
    public void Product_RandomShapes_MatchesDoubleSums(Form form)
    {
        var random = new Random(17);
        for (var i = 0; i < 250; i++)
        {
            int m = Pick(random, Heights), k = Pick(random, Depths), n = Pick(random, Widths);
            Verify(form, m, k, n, random);
        }
    }

    [Theory]
    [InlineData(Form.Plain, 130, 1024, 600)]
    [InlineData(Form.Plain, 97, 700, 1024)]
    [InlineData(Form.TransposedA, 130, 1024, 600)]
    [InlineData(Form.TransposedB, 130, 600, 1024)]
    [InlineData(Form.TransposedB, 7, 5000, 1000)]
    [InlineData(Form.TransposedA, 1000, 3, 2)]
    [InlineData(Form.Plain, 3000, 9, 16)]
    public void Product_LargeShapes_MatchesDoubleSums(Form form, int m, int k, int n) =>
        Verify(form, m, k, n, new Random(3));

    [Theory]
    [InlineData(Form.Plain, 61, 300, 100)]
    [InlineData(Form.Plain, 128, 1024, 600)]
    [InlineData(Form.Plain, 400, 700, 800)]
    [InlineData(Form.Plain, 1, 784, 513)]
    [InlineData(Form.Plain, 1000, 100, 3)]
    [InlineData(Form.TransposedA, 300, 128, 65)]
    [InlineData(Form.TransposedA, 784, 60, 100)]
    [InlineData(Form.TransposedA, 784, 128, 2)]
    [InlineData(Form.TransposedA, 784, 128, 10)]
    [InlineData(Form.TransposedB, 128, 256, 300)]
    public void Product_AnyNumberOfThreads_GivesTheSameBits(Form form, int m, int k, int n)
    {
        var random = new Random(5);
        float[] a = Some(random, m * k), b = Some(random, k * n);
        float[] On(int threads)
        {
            using var limit = BlockRunner.Limit(threads);
            var c = new float[m * n];
            Multiply(form, a, b, c, m, k, n);
            return c;
        }

        using var most = new MaxThreads(4);
        var expected = On(1);
        for (var repeat = 0; repeat < 20; repeat++)
            foreach (var threads in (int[])[2, 3, 4])
                On(threads).AsSpan().SequenceEqual(expected).Should().BeTrue("{0} threads must give the bits of one", threads);
    }

    [Theory]
    [InlineData(100, 37)]
    [InlineData(784, 200)]
    [InlineData(50, 3)]
    [InlineData(1024, 600)]
    public void Multiply_RowOfABatch_HasTheBitsOfTheRowAlone(int k, int n)
    {
        const int rows = 130;
        var random = new Random(9);
        float[] a = Some(random, rows * k), b = Some(random, k * n), batch = new float[rows * n], alone = new float[n];
        MatrixProduct.Multiply(a, b, batch, rows, k, n);
        for (var row = 0; row < rows; row++)
        {
            MatrixProduct.Multiply(a.AsSpan(row * k, k), b, alone, 1, k, n);
            alone.AsSpan().SequenceEqual(batch.AsSpan(row * n, n)).Should().BeTrue("scoring row by row must equal scoring in blocks");
        }
    }

    // Whatever way a product of few columns takes, such as the gradient of the weights of a last layer.
    [Fact]
    public void MultiplyTransposedA_FewColumns_GivesTheBitsOfTheProductOfATurnedOver()
    {
        var random = new Random(29);
        foreach (var n in Enumerable.Range(5, 13))
            foreach (var (m, k) in new[] { (31, 40), (64, 31), (64, 32), (70, 33), (257, 128), (300, 513) })
            {
                float[] a = Some(random, m * k), b = Some(random, k * n), c = Some(random, m * n), expected = new float[m * n];
                var turned = new float[m * k];
                MatrixTranspose.Copy(a, k, turned);
                MatrixProduct.Multiply(turned, b, expected, m, k, n);

                MatrixProduct.MultiplyTransposedA(a, b, c, m, k, n);

                c.AsSpan().SequenceEqual(expected).Should().BeTrue("{0}x{1}x{2}", m, k, n);
            }
    }

    [Fact]
    public void MultiplyAddBias_RandomShapes_MatchesDoubleSums()
    {
        var random = new Random(23);
        for (var i = 0; i < 150; i++)
        {
            int m = Pick(random, Heights), k = Pick(random, Depths), n = Pick(random, Widths);
            var relu = random.Next(2) == 0;
            float[] a = Some(random, m * k), b = Some(random, k * n), c = Some(random, m * n);
            float[] bias = random.Next(4) == 0 ? [] : Some(random, n);
            MatrixProduct.MultiplyAddBias(a, b, bias, c, m, k, n, relu);
            for (var row = 0; row < m; row++)
                for (var column = 0; column < n; column++)
                {
                    var expected = bias.Length == 0 ? 0.0 : bias[column];
                    for (var p = 0; p < k; p++)
                        expected += (double)a[(row * k) + p] * b[(p * n) + column];
                    if (relu)
                        expected = Math.Max(expected, 0);
                    ((double)c[(row * n) + column]).Should().BeApproximately(expected, Tolerance(k), "{0}x{1}x{2}", m, k, n);
                }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void MultiplyAddBias_ReluOfNotANumber_StaysNotANumber(int n)
    {
        var a = new float[13 * 5];
        Array.Fill(a, float.NaN);
        var c = new float[13 * n];
        MatrixProduct.MultiplyAddBias(a, new float[5 * n], [], c, 13, 5, n, relu: true);
        c.Should().OnlyContain(value => float.IsNaN(value), "a diverged network must not look healthy behind its activation");
    }

    [Fact]
    public void Multiply_AfterTheFirstCall_AllocatesNothing()
    {
        var random = new Random(1);
        float[] a = Some(random, 130 * 700), b = Some(random, 700 * 800), c = new float[130 * 800];
        void Calls()
        {
            MatrixProduct.Multiply(a, b, c, 130, 700, 800);
            MatrixProduct.MultiplyTransposedA(a, b, c, 130, 700, 800);
            MatrixProduct.MultiplyTransposedB(a, b, c, 130, 700, 800);
            MatrixProduct.MultiplyAddBias(a, b.AsSpan(0, 700 * 2), [], c.AsSpan(0, 130 * 2), 130, 700, 2);
            MatrixProduct.MultiplyTransposedA(a, b.AsSpan(0, 700 * 2), c.AsSpan(0, 130 * 2), 130, 700, 2);
        }

        Allocations.Of(Calls).Should().Be(0);
    }

    [Fact]
    public void Multiply_WrongLength_NamesTheMatrixAndBothSizes()
    {
        var act = () => MatrixProduct.Multiply(new float[6], new float[11], new float[8], 2, 3, 4);
        act.Should().Throw<ArgumentException>().WithParameterName("b").WithMessage("*3 x 4*12*11*");
    }

    [Fact]
    public void Multiply_NegativeSizes_Throws()
    {
        var act = () => MatrixProduct.Multiply(new float[6], new float[6], new float[4], -2, -3, -2);
        act.Should().Throw<ArgumentException>().WithParameterName("a");
    }

    private static void Verify(Form form, int m, int k, int n, Random random)
    {
        float[] a = Some(random, m * k), b = Some(random, k * n);
        var guarded = new Guarded(m * n);
        Multiply(form, a, b, guarded.Span, m, k, n);

        var c = guarded.Result();
        var worst = 0.0;
        for (var row = 0; row < m; row++)
            for (var column = 0; column < n; column++)
            {
                var expected = 0.0;
                for (var p = 0; p < k; p++)
                {
                    var left = form == Form.TransposedA ? a[(p * m) + row] : a[(row * k) + p];
                    expected += (double)left * (form == Form.TransposedB ? b[(column * k) + p] : b[(p * n) + column]);
                }

                worst = Math.Max(worst, Math.Abs(expected - c[(row * n) + column]));
            }

        worst.Should().BeLessThan(Tolerance(k), "{0} {1}x{2}x{3}", form, m, k, n);
    }

    private static void Multiply(Form form, float[] a, float[] b, Span<float> c, int m, int k, int n)
    {
        if (form == Form.Plain)
            MatrixProduct.Multiply(a, b, c, m, k, n);
        else if (form == Form.TransposedA)
            MatrixProduct.MultiplyTransposedA(a, b, c, m, k, n);
        else
            MatrixProduct.MultiplyTransposedB(a, b, c, m, k, n);
    }

    // The partial sums of k terms in [-1, 1] stay about sqrt(k) in size and each addition rounds to 2^-24 of that: k^1 * 2^-24, doubled for
    // safety.
    private static double Tolerance(int k) => (k + 4) * 1.2e-7;

    private static int Pick(Random random, int[] values) => values[random.Next(values.Length)];

    private static float[] Some(Random random, int length) =>
        Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 2) - 1).ToArray();
}
