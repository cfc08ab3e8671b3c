using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

/// <summary>
/// Batch norm, ReLU and pooling in one pass give what they give one after the other, which has its own oracles, to the last bit.
/// </summary>
[Collection(nameof(WorkersAlone))]
public sealed class BatchNormPoolingKernelsTests
{
    private const int Guard = 32;
    private const float Untouched = 12345.5f;

    // Images, height, width, channels: even and odd sizes; channels below, at and above every vector and joined rows; rows that end within
    // an image's row, and more than a block of 512 of them.
    public static TheoryData<int, int, int, int> Sizes => new()
    {
        { 1, 2, 2, 1 }, { 3, 5, 4, 3 }, { 2, 4, 7, 5 }, { 5, 7, 5, 16 }, { 2, 6, 6, 17 }, { 3, 3, 3, 33 }, { 2, 9, 3, 64 }, { 1, 5, 5, 70 },
        { 9, 28, 30, 16 }, { 7, 31, 29, 6 }, { 3, 20, 20, 32 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void AllPasses_AnySize_GiveTheBitsOfOneAfterTheOther(int images, int height, int width, int channels)
    {
        foreach (var relu in (bool[])[false, true])
        {
            var test = new Case(images, height, width, channels, relu);
            var expected = test.OneAfterTheOther();

            var joined = test.Joined();

            joined.Y.Should().Equal(expected.Y);
            joined.DBeta.Should().Equal(expected.DBeta);
            joined.DGamma.Should().Equal(expected.DGamma);
            joined.Dx.Should().Equal(expected.Dx);
        }
    }

    [Theory]
    [InlineData(9, 28, 30, 16)]
    [InlineData(7, 31, 29, 6)]
    [InlineData(2, 12, 10, 300)]
    public void AllPasses_AnyNumberOfThreads_GiveTheSameBits(int images, int height, int width, int channels)
    {
        var test = new Case(images, height, width, channels, relu: true);
        using var most = new MaxThreads(4);
        var expected = test.OneAfterTheOther();
        foreach (var threads in (int[])[1, 2, 3, 4])
        {
            using var limit = BlockRunner.Limit(threads);
            var joined = test.Joined();
            joined.Y.Should().Equal(expected.Y);
            joined.DGamma.Should().Equal(expected.DGamma);
            joined.DBeta.Should().Equal(expected.DBeta);
            joined.Dx.Should().Equal(expected.Dx);
        }
    }

    // A value of exactly 0 equals what the ReLU gives where it is closed.
    [Fact]
    public void Backward_LargestIsZeroInFrontOfRelu_GetsNoGradient()
    {
        var test = new Case(4, 9, 8, 20, relu: true);
        Array.Fill(test.Mean, 1);
        Array.Clear(test.Beta);
        var expected = test.OneAfterTheOther();

        var joined = test.Joined();

        joined.DBeta.Should().Equal(expected.DBeta);
        joined.DGamma.Should().Equal(expected.DGamma);
        joined.Dx.Should().Equal(expected.Dx);
    }

    [Fact]
    public void AllPasses_AfterTheFirstCall_AllocateNothing()
    {
        var test = new Case(4, 9, 8, 20, relu: true);
        var (y, dx) = (new float[test.Dy.Length], new float[test.X.Length]);
        float[] dGamma = new float[20], dBeta = new float[20];

        Allocations.Of(() => test.Run(y, dGamma, dBeta, dx)).Should().Be(0);
    }

    [Fact]
    public void Forward_OtherWindows_Throws()
    {
        var test = new Case(1, 6, 6, 4, relu: true);
        var window = test.Window with { WindowHeight = 3, WindowWidth = 3 };
        var forward = () => BatchNormPoolingKernels.Forward(
            window, test.X, test.Mean, test.InverseStdDev, test.Gamma, test.Beta, new float[16], relu: true);

        forward.Should().Throw<ArgumentException>().WithMessage("*2 x 2*");
    }

    private sealed class Case
    {
        private readonly bool relu;

        public Case(int images, int height, int width, int channels, bool relu)
        {
            this.relu = relu;
            Window = new SlidingWindow(images, height, width, channels, 2, 2) { Stride = 2 };
            // Few different values, so that windows have several largest ones.
            X = [.. Some.Values(images * Window.ImageSize, seed: 2, scale: 4, shift: 1).Select(value => MathF.Round(value))];
            Dy = Some.Values(images * Window.OutputPixels * channels, seed: 3);
            Mean = Some.Values(channels, seed: 4, shift: 1);
            InverseStdDev = [.. Some.Values(channels, seed: 5).Select(value => 0.5f + Math.Abs(value))];
            Gamma = Some.Values(channels, seed: 6, scale: 2);
            Beta = Some.Values(channels, seed: 7);
        }

        public SlidingWindow Window { get; }

        public float[] X { get; }

        public float[] Dy { get; }

        public float[] Mean { get; }

        public float[] InverseStdDev { get; }

        public float[] Gamma { get; }

        public float[] Beta { get; }

        public (float[] Y, float[] DGamma, float[] DBeta, float[] Dx) OneAfterTheOther()
        {
            float[] z = new float[X.Length], y = new float[Dy.Length], dz = new float[X.Length], dx = new float[X.Length];
            float[] dGamma = new float[Mean.Length], dBeta = new float[Mean.Length];
            BatchNormKernels.Forward(X, Mean, InverseStdDev, Gamma, Beta, z, relu);
            Pooling.Max(Window, z, y);
            Pooling.MaxBackward(Window, z, y, Dy, dz);
            if (relu)
            {
                BatchNormKernels.BackwardParametersRelu(X, dz, Mean, InverseStdDev, Gamma, Beta, dGamma, dBeta);
                BatchNormKernels.BackwardInputRelu(X, dz, Mean, InverseStdDev, Gamma, Beta, dGamma, dBeta, dx);
            }
            else
            {
                BatchNormKernels.BackwardParameters(X, dz, Mean, InverseStdDev, dGamma, dBeta);
                BatchNormKernels.BackwardInput(X, dz, Mean, InverseStdDev, Gamma, dGamma, dBeta, dx);
            }

            return (y, dGamma, dBeta, dx);
        }

        public (float[] Y, float[] DGamma, float[] DBeta, float[] Dx) Joined()
        {
            float[] y = Guarded(Dy.Length), dx = Guarded(X.Length), dGamma = new float[Mean.Length], dBeta = new float[Mean.Length];
            Run(y.AsSpan(Guard, Dy.Length), dGamma, dBeta, dx.AsSpan(Guard, X.Length));
            return (Unguarded(y), dGamma, dBeta, Unguarded(dx));
        }

        public void Run(Span<float> y, Span<float> dGamma, Span<float> dBeta, Span<float> dx)
        {
            BatchNormPoolingKernels.Forward(Window, X, Mean, InverseStdDev, Gamma, Beta, y, relu);
            BatchNormPoolingKernels.BackwardParameters(Window, X, y, Dy, Mean, InverseStdDev, Gamma, Beta, dGamma, dBeta, relu);
            BatchNormPoolingKernels.BackwardInput(Window, X, y, Dy, Mean, InverseStdDev, Gamma, Beta, dGamma, dBeta, dx, relu);
        }

        private static float[] Guarded(int length)
        {
            var values = new float[length + (2 * Guard)];
            Array.Fill(values, Untouched);
            return values;
        }

        private static float[] Unguarded(float[] values)
        {
            values[..Guard].Concat(values[^Guard..]).Should().OnlyContain(
                value => value == Untouched, "nothing outside the result may be written");
            return values[Guard..^Guard];
        }
    }
}
