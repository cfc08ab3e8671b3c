using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class BatchNormKernelsTests
{
    private const double Epsilon = 1e-5;

    // Rows below, at and above a block of 128; channels below, at and above a vector, and no multiple of one.
    public static TheoryData<int, int> Sizes => new()
    {
        { 2, 1 }, { 7, 3 }, { 33, 8 }, { 127, 5 }, { 128, 16 }, { 129, 17 }, { 300, 31 }, { 1000, 2 },
    };

    [Fact]
    public void Oracle_RandomUpstream_MatchesFiniteDifferences()
    {
        const int channels = 3;
        var x = Some.Doubles(7 * channels, seed: 5, scale: 2, shift: 1);
        var upstream = Some.Doubles(7 * channels, seed: 11);   // random: the sum of y has no gradient through batch norm
        double[] gamma = [0.5, -2, 1.5], beta = [1, 0, -1];

        var gradient = new BatchNormOracle(gamma, beta, Epsilon).Backward(x, upstream);

        // Central differences with h = 1e-5 err by h^2 and by 1e-16 / h.
        Close(gradient.X, FiniteDifference.Gradient(new BatchNormOracle(gamma, beta, Epsilon).Forward, x, upstream));
        Close(gradient.Gamma, FiniteDifference.Gradient(g => new BatchNormOracle(g, beta, Epsilon).Forward(x), gamma, upstream));
        Close(gradient.Beta, FiniteDifference.Gradient(b => new BatchNormOracle(gamma, b, Epsilon).Forward(x), beta, upstream));

        static void Close(double[] actual, double[] expected) =>
            actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max().Should().BeLessThan(1e-8);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forward_AnySize_MatchesOracle(int rows, int channels)
    {
        var test = new Case(rows, channels, shift: 3);

        var y = new float[rows * channels];
        BatchNormKernels.Forward(test.X, test.Mean, test.InverseStdDev, test.Gamma, test.Beta, y);

        // A handful of float32 roundings of numbers up to about 10.
        y.ShouldAgree(test.Oracle.Forward(test.DoubleX), 5e-6);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Backward_RandomUpstream_MatchesOracle(int rows, int channels)
    {
        var test = new Case(rows, channels, shift: 3);
        var upstream = Some.Values(rows * channels, seed: 77);

        var (dx, dGamma, dBeta) = (new float[rows * channels], new float[channels], new float[channels]);
        BatchNormKernels.BackwardParameters(test.X, upstream, test.Mean, test.InverseStdDev, dGamma, dBeta);
        BatchNormKernels.BackwardInput(test.X, upstream, test.Mean, test.InverseStdDev, test.Gamma, dGamma, dBeta, dx);

        var expected = test.Oracle.Backward(test.DoubleX, Double(upstream));
        // Sums of up to 1000 float32 numbers; with 2 rows dx is the small difference of terms up to 1 / std.
        dGamma.ShouldAgree(expected.Gamma, 3e-5);
        dBeta.ShouldAgree(expected.Beta, 3e-5);
        dx.ShouldAgree(expected.X, 3e-5);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1000f)]
    [InlineData(1e6f)]
    public void Moments_LargeMean_KeepTheVariance(float shift)
    {
        var test = new Case(rows: 500, channels: 9, shift);

        var (mean, squaredDeviations) = (new double[9], new double[9]);
        BatchNormKernels.Moments(test.X, mean, squaredDeviations);

        var (expectedMean, expectedVariance) = (test.Oracle.Mean(test.DoubleX), test.Oracle.Variance(test.DoubleX));
        for (var c = 0; c < 9; c++)
        {
            // Deviations are summed in float32 over blocks of 128.
            mean[c].Should().BeApproximately(expectedMean[c], 1e-5);
            (squaredDeviations[c] / 500).Should().BeApproximately(expectedVariance[c], 1e-5 * expectedVariance[c]);
        }
    }

    [Fact]
    public void Moments_FirstRowFarOff_KeepTheVarianceOfTheRest()
    {
        var x = Some.Values(256, seed: 4);
        x[0] = 1e5f;
        var oracle = new BatchNormOracle([1], [0], Epsilon);

        var (mean, squaredDeviations) = (new double[1], new double[1]);
        BatchNormKernels.Moments(x, mean, squaredDeviations);

        (squaredDeviations[0] / 256).Should().BeApproximately(oracle.Variance(Double(x))[0], 1e-5 * oracle.Variance(Double(x))[0]);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Affine_AnySize_ScalesAndShiftsEachChannel(int rows, int channels)
    {
        var test = new Case(rows, channels, shift: 0);

        var y = new float[rows * channels];
        BatchNormKernels.Affine(test.X, test.Gamma, test.Beta, y);

        // Two roundings.
        y.ShouldAgree([.. test.DoubleX.Select((value, i) => value * test.Gamma[i % channels] + test.Beta[i % channels])], 1e-6);
    }

    private static double[] Double(float[] values) => [.. values.Select(value => (double)value)];

    private sealed class Case
    {
        public Case(int rows, int channels, float shift)
        {
            X = Some.Values(rows * channels, seed: rows + channels, scale: 2, shift);
            Gamma = Some.Values(channels, seed: 2);
            Beta = Some.Values(channels, seed: 3);
            DoubleX = Double(X);
            Oracle = new BatchNormOracle(Double(Gamma), Double(Beta), Epsilon);
            Mean = [.. Oracle.Mean(DoubleX).Select(value => (float)value)];
            InverseStdDev = [.. Oracle.Variance(DoubleX).Select(value => (float)(1 / Math.Sqrt(value + Epsilon)))];
        }

        public float[] X { get; }

        public double[] DoubleX { get; }

        public float[] Gamma { get; }

        public float[] Beta { get; }

        public float[] Mean { get; }

        public float[] InverseStdDev { get; }

        public BatchNormOracle Oracle { get; }
    }
}
