using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

[Collection(nameof(WorkersAlone))]
public sealed class BatchNormKernelsFusedTests
{
    // Channels below, at and above every vector and the width from which rows are no longer joined; rows about the blocks of 4, 8 and 512,
    // and one more than fill joined rows (64 of one channel, 32 of three).
    public static TheoryData<int, int> Sizes => new()
    {
        { 2, 1 }, { 65, 1 }, { 641, 1 }, { 33, 3 },
        { 7, 3 }, { 1000, 1 }, { 33, 8 }, { 1029, 5 }, { 64, 16 }, { 4100, 17 }, { 77, 63 }, { 513, 64 }, { 1031, 65 },
        { 20, 100 }, { 600, 257 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Moments_AnySize_MatchDoubleSums(int rows, int channels)
    {
        var test = new Case(rows, channels);
        var (mean, squaredDeviations) = (new double[channels], new double[channels]);

        BatchNormKernels.Moments(test.X, mean, squaredDeviations);

        for (var c = 0; c < channels; c++)
        {
            // Values about 3 with deviations about 2, summed in float32 over blocks of 512.
            mean[c].Should().BeApproximately(test.Mean[c], 2e-6);
            squaredDeviations[c].Should().BeApproximately(test.SquaredDeviations[c], 1e-5 * test.SquaredDeviations[c]);
        }
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(-1e6f)]
    public void Moments_MeanOfManyStandardDeviations_KeepTheVariance(float offset)
    {
        // Another level in every block of 512 rows, so that the mean of one block says nothing about the next.
        const int channels = 64;
        var x = Enumerable.Range(0, 2000 * channels).Select(i => offset + (i / (512 * channels)) + (i * 7919 % 13)).ToArray();
        var (mean, squaredDeviations) = (new double[channels], new double[channels]);

        BatchNormKernels.Moments(x, mean, squaredDeviations);

        for (var c = 0; c < channels; c++)
        {
            var values = x.Where((_, i) => i % channels == c).Select(value => (double)value).ToArray();
            var average = values.Average();
            var expected = values.Sum(value => Math.Pow(value - average, 2));
            mean[c].Should().BeApproximately(average, 1e-5);
            squaredDeviations[c].Should().BeApproximately(expected, 1e-5 * expected, "float32 sums over blocks of 512");
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forward_WithAndWithoutRelu_MatchesOracle(int rows, int channels)
    {
        foreach (var relu in (bool[])[false, true])
        {
            var test = new Case(rows, channels);
            var guarded = new Guarded(test.X.Length);
            BatchNormKernels.Forward(
                test.X, test.FloatMean, test.InverseStdDev, test.Gamma, test.Beta, guarded.Span, relu);
            var result = guarded.Result();
            for (var i = 0; i < test.X.Length; i++)
            {
                var y = test.Normalized(i);
                // A handful of float32 roundings of numbers up to about 10.
                ((double)result[i]).Should().BeApproximately(relu ? Math.Max(0, y) : y, 5e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Affine_WithAndWithoutRelu_ScalesAndShifts(int rows, int channels)
    {
        foreach (var relu in (bool[])[false, true])
        {
            var test = new Case(rows, channels);
            var y = new float[test.X.Length];
            BatchNormKernels.Affine(test.X, test.Gamma, test.Beta, y, relu);
            for (var i = 0; i < y.Length; i++)
            {
                var expected = ((double)test.X[i] * test.Gamma[i % channels]) + test.Beta[i % channels];
                ((double)y[i]).Should().BeApproximately(relu ? Math.Max(0, expected) : expected, 2e-6,
                    "it is two roundings of numbers up to 10");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Backward_WithAndWithoutRelu_MatchesOracle(int rows, int channels)
    {
        foreach (var relu in (bool[])[false, true])
        {
            var test = new Case(rows, channels);
            var (dGamma, dBeta) = (new float[channels], new float[channels]);
            var guarded = new Guarded(test.X.Length);
            test.Backward(relu, guarded.Span, dGamma, dBeta);
            var result = guarded.Result();

            double[] expectedGamma = new double[channels], expectedBeta = new double[channels];
            for (var i = 0; i < test.X.Length; i++)
            {
                expectedBeta[i % channels] += test.Gradient(i, relu);
                expectedGamma[i % channels] += test.Gradient(i, relu) * test.XHat(i);
            }

            for (var c = 0; c < channels; c++)
            {
                // Float32 sums of up to 4100 numbers below 4 in size.
                ((double)dBeta[c]).Should().BeApproximately(expectedBeta[c], 1e-4);
                ((double)dGamma[c]).Should().BeApproximately(expectedGamma[c], 1e-4);
            }

            for (var i = 0; i < test.X.Length; i++)
            {
                var c = i % channels;
                var expected = test.Gamma[c] * test.InverseStdDev[c]
                    * (test.Gradient(i, relu) - (expectedBeta[c] / rows) - (test.XHat(i) * expectedGamma[c] / rows));
                ((double)result[i]).Should().BeApproximately(expected, 3e-5,
                    "with 2 rows it is a small difference of larger terms");
            }
        }
    }

    [Theory]
    [InlineData(256, 512)]
    [InlineData(200, 300)]
    [InlineData(700, 256)]
    [InlineData(3000, 64)]
    [InlineData(5003, 7)]
    public void AllPasses_AnyNumberOfThreads_GiveTheSameBits(int rows, int channels)
    {
        var test = new Case(rows, channels);
        (double[], double[], float[], float[], float[], float[]) On(int threads)
        {
            using var limit = BlockRunner.Limit(threads);
            double[] mean = new double[channels], squaredDeviations = new double[channels];
            float[] y = new float[test.X.Length], dx = new float[test.X.Length], dGamma = new float[channels], dBeta = new float[channels];
            BatchNormKernels.Moments(test.X, mean, squaredDeviations);
            BatchNormKernels.Forward(test.X, test.FloatMean, test.InverseStdDev, test.Gamma, test.Beta, y, relu: true);
            test.Backward(relu: true, dx, dGamma, dBeta);
            return (mean, squaredDeviations, y, dx, dGamma, dBeta);
        }

        using var most = new MaxThreads(4);
        var one = On(1);
        foreach (var threads in (int[])[2, 3, 4])
        {
            var several = On(threads);
            several.Item1.AsSpan().SequenceEqual(one.Item1).Should().BeTrue();
            several.Item2.AsSpan().SequenceEqual(one.Item2).Should().BeTrue();
            several.Item3.AsSpan().SequenceEqual(one.Item3).Should().BeTrue();
            several.Item4.AsSpan().SequenceEqual(one.Item4).Should().BeTrue();
            several.Item5.AsSpan().SequenceEqual(one.Item5).Should().BeTrue();
            several.Item6.AsSpan().SequenceEqual(one.Item6).Should().BeTrue();
        }
    }

    [Fact]
    public void AllPasses_AfterTheFirstCall_AllocateNothing()
    {
        var test = new Case(600, 20);
        double[] mean = new double[20], squaredDeviations = new double[20];
        float[] y = new float[test.X.Length], dGamma = new float[20], dBeta = new float[20];
        void Calls()
        {
            BatchNormKernels.Moments(test.X, mean, squaredDeviations);
            BatchNormKernels.Forward(test.X, test.FloatMean, test.InverseStdDev, test.Gamma, test.Beta, y);
            test.Backward(relu: true, y, dGamma, dBeta);
        }

        Allocations.Of(Calls).Should().Be(0);
    }

    [Fact]
    public void Moments_NoWholeRows_Throws()
    {
        var act = () => BatchNormKernels.Moments(new float[7], new double[3], new double[3]);
        act.Should().Throw<ArgumentException>().WithParameterName("x").WithMessage("*3 values*7*");
    }

    private sealed class Case
    {
        private readonly int channels;

        public Case(int rows, int channels)
        {
            this.channels = channels;
            var random = new Random(rows + channels);
            float[] Some(int length, float scale, float shift) =>
                Enumerable.Range(0, length).Select(_ => (((random.NextSingle() * 2) - 1) * scale) + shift).ToArray();
            X = Some(rows * channels, 4, 3);
            Dy = Some(rows * channels, 1, 0);
            Gamma = Some(channels, 2, 0);
            Beta = Some(channels, 1, 0);
            Mean = new double[channels];
            SquaredDeviations = new double[channels];
            for (var i = 0; i < X.Length; i++)
                Mean[i % channels] += X[i] / (double)rows;
            for (var i = 0; i < X.Length; i++)
                SquaredDeviations[i % channels] += Math.Pow(X[i] - Mean[i % channels], 2);
            FloatMean = [.. Mean.Select(value => (float)value)];
            InverseStdDev = [.. SquaredDeviations.Select(value => (float)(1 / Math.Sqrt((value / rows) + 1e-5)))];
        }

        public float[] X { get; }

        public float[] Dy { get; }

        public float[] Gamma { get; }

        public float[] Beta { get; }

        public double[] Mean { get; }

        public double[] SquaredDeviations { get; }

        public float[] FloatMean { get; }

        public float[] InverseStdDev { get; }

        public double XHat(int i) => ((double)X[i] - FloatMean[i % channels]) * InverseStdDev[i % channels];

        public double Normalized(int i) => (XHat(i) * Gamma[i % channels]) + Beta[i % channels];

        public double Gradient(int i, bool relu) => relu && Normalized(i) <= 0 ? 0 : Dy[i];

        public void Backward(bool relu, Span<float> dx, Span<float> dGamma, Span<float> dBeta)
        {
            if (relu)
            {
                BatchNormKernels.BackwardParametersRelu(X, Dy, FloatMean, InverseStdDev, Gamma, Beta, dGamma, dBeta);
                BatchNormKernels.BackwardInputRelu(X, Dy, FloatMean, InverseStdDev, Gamma, Beta, dGamma, dBeta, dx);
            }
            else
            {
                BatchNormKernels.BackwardParameters(X, Dy, FloatMean, InverseStdDev, dGamma, dBeta);
                BatchNormKernels.BackwardInput(X, Dy, FloatMean, InverseStdDev, Gamma, dGamma, dBeta, dx);
            }
        }
    }
}
