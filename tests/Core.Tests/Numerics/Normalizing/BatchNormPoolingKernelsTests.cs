using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

/// <summary>
/// Batch norm, ReLU and pooling in one pass give what they give one after the other, which has its own oracles, to the last bit.
/// </summary>
[Collection(nameof(WorkersAlone))]
public sealed class BatchNormPoolingKernelsTests
{
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

            ShouldBe(joined, expected);
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
            ShouldBe(joined, expected);
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

        ShouldBe(joined, expected);
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

    private static void ShouldBe(Passes passes, Passes expected)
    {
        passes.Y.Should().Equal(expected.Y);
        passes.DBeta.Should().Equal(expected.DBeta);
        passes.DGamma.Should().Equal(expected.DGamma);
        passes.Dx.Should().Equal(expected.Dx);
    }

    private sealed record Passes(float[] Y, float[] DGamma, float[] DBeta, float[] Dx);

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

        public Passes OneAfterTheOther()
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

            return new Passes(y, dGamma, dBeta, dx);
        }

        public Passes Joined()
        {
            Guarded y = new(Dy.Length), dx = new(X.Length);
            float[] dGamma = new float[Mean.Length], dBeta = new float[Mean.Length];
            Run(y.Span, dGamma, dBeta, dx.Span);
            return new Passes(y.Result(), dGamma, dBeta, dx.Result());
        }

        public void Run(Span<float> y, Span<float> dGamma, Span<float> dBeta, Span<float> dx)
        {
            BatchNormPoolingKernels.Forward(Window, X, Mean, InverseStdDev, Gamma, Beta, y, relu);
            BatchNormPoolingKernels.BackwardParameters(Window, X, y, Dy, Mean, InverseStdDev, Gamma, Beta, dGamma, dBeta, relu);
            BatchNormPoolingKernels.BackwardInput(Window, X, y, Dy, Mean, InverseStdDev, Gamma, Beta, dGamma, dBeta, dx, relu);
        }
    }
}
