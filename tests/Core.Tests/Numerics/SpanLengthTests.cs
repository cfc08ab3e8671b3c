using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

/// <summary>A kernel reads and writes through pointers: what is too short must be an error before the first one is used.</summary>
public class SpanLengthTests
{
    private const int Rows = 6;
    private const int Channels = 5;
    private const int Size = Rows * Channels;

    private static readonly SlidingWindow Window = new(2, 4, 5, 3, 2, 2);
    private static readonly int Images = Window.Images * Window.ImageSize;
    private static readonly int Pixels = Window.Images * Window.OutputPixels;
    private static readonly GroupLayout Groups = new(Pixels: 3, Channels: 6, Groups: 2);

    // Lengths of all spans, in the order of the arguments.
    private static readonly (string Name, int[] Lengths, Action<float[][]> Run)[] Kernels =
    [
        ("Sum", [Size, Channels], a => ColumnKernels.Sum(a[0], a[1])),
        ("ReluBackwardAndSum", [Size, Size, Size, Channels], a => ColumnKernels.ReluBackwardAndSum(a[0], a[1], a[2], a[3])),
        ("Relu", [Size, Size], a => ActivationKernels.Relu(a[0], a[1])),
        ("ReluBackward", [Size, Size, Size], a => ActivationKernels.ReluBackward(a[0], a[1], a[2])),
        ("Residual Add", [Size, Size], a => ResidualKernels.Add(a[0], a[1], relu: true)),
        ("Sigmoid", [Size, Size], a => ActivationKernels.Sigmoid(a[0], a[1])),
        ("SigmoidBackward", [Size, Size, Size], a => ActivationKernels.SigmoidBackward(a[0], a[1], a[2])),
        ("Tanh", [Size, Size], a => ActivationKernels.Tanh(a[0], a[1])),
        ("TanhBackward", [Size, Size, Size], a => ActivationKernels.TanhBackward(a[0], a[1], a[2])),
        ("LeakyRelu", [Size, Size], a => SmoothActivationKernels.LeakyRelu(a[0], a[1], 0.1f)),
        ("LeakyReluBackward", [Size, Size, Size], a => SmoothActivationKernels.LeakyReluBackward(a[0], a[1], a[2], 0.1f)),
        ("Elu", [Size, Size], a => SmoothActivationKernels.Elu(a[0], a[1], 1)),
        ("EluBackward", [Size, Size, Size], a => SmoothActivationKernels.EluBackward(a[0], a[1], a[2], 1)),
        ("Gelu", [Size, Size], a => SmoothActivationKernels.Gelu(a[0], a[1])),
        ("GeluBackward", [Size, Size, Size], a => SmoothActivationKernels.GeluBackward(a[0], a[1], a[2])),
        ("Silu", [Size, Size], a => SmoothActivationKernels.Silu(a[0], a[1])),
        ("SiluBackward", [Size, Size, Size], a => SmoothActivationKernels.SiluBackward(a[0], a[1], a[2])),
        ("Softmax", [Size, Size], a => SoftmaxKernels.Softmax(a[0], a[1], Channels)),
        ("Moments", [Size, Channels, Channels], a => BatchNormKernels.Moments(a[0], Doubles(a[1]), Doubles(a[2]))),
        ("BatchNorm Forward", [Size, Channels, Channels, Channels, Channels, Size],
            a => BatchNormKernels.Forward(a[0], a[1], a[2], a[3], a[4], a[5])),
        ("BatchNorm Affine", [Size, Channels, Channels, Size], a => BatchNormKernels.Affine(a[0], a[1], a[2], a[3])),
        ("BatchNorm BackwardParameters", [Size, Size, Channels, Channels, Channels, Channels],
            a => BatchNormKernels.BackwardParameters(a[0], a[1], a[2], a[3], a[4], a[5])),
        ("BatchNorm BackwardParametersRelu", [Size, Size, Channels, Channels, Channels, Channels, Channels, Channels],
            a => BatchNormKernels.BackwardParametersRelu(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7])),
        ("BatchNorm BackwardInput", [Size, Size, Channels, Channels, Channels, Channels, Channels, Size],
            a => BatchNormKernels.BackwardInput(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7])),
        ("BatchNorm BackwardInputRelu", [Size, Size, Channels, Channels, Channels, Channels, Channels, Channels, Size],
            a => BatchNormKernels.BackwardInputRelu(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8])),
        ("Weighted Moments", [Size, Rows, Channels, Channels],
            a => WeightedBatchNormKernels.Moments(a[0], a[1], Doubles(a[2]), Doubles(a[3]))),
        ("Weighted BackwardInput", [Size, Size, Rows, Channels, Channels, Channels, Channels, Channels, Size],
            a => WeightedBatchNormKernels.BackwardInput(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8])),
        ("GroupNorm Forward", [2 * Groups.Size, 6, 6, 4, 4, 2 * Groups.Size],
            a => GroupNormKernels.Forward(a[0], Groups, 1e-5f, a[1], a[2], a[3], a[4], a[5])),
        ("GroupNorm Backward", [2 * Groups.Size, 2 * Groups.Size, 6, 4, 4, 6, 6, 2 * Groups.Size],
            a => GroupNormKernels.Backward(a[0], a[1], Groups, a[2], a[3], a[4], a[5], a[6], a[7])),
        ("DoubleAffine", [Size, Size, Size, Size, Size],
            a => DoubleAffine.Apply<float>(a[0], Doubles(a[1]), Doubles(a[2]), Doubles(a[3]), a[4])),
        ("DoubleAffine of doubles", [Size, Size, Size, Size, Size],
            a => DoubleAffine.Apply<double>(Doubles(a[0]), Doubles(a[1]), Doubles(a[2]), Doubles(a[3]), Doubles(a[4]))),
        ("Convolution Forward", [Images, Window.PatchSize * 4, 4, Pixels * 4],
            a => Convolution.Forward(Window, a[0], a[1], a[2], a[3])),
        ("Convolution Forward of kept filters", [Images, 4, Pixels * 4],
            a => Convolution.Forward(a[0], new ConvolutionFilters(Window, new float[Window.PatchSize * 4]), a[1], a[2], 2, relu: false)),
        ("Convolution BackwardInput", [Window.PatchSize * 4, Pixels * 4, Images],
            a => Convolution.BackwardInput(Window, a[0], a[1], a[2])),
        ("Convolution BackwardFilters", [Images, Pixels * 4, Window.PatchSize * 4],
            a => Convolution.BackwardFilters(Window, a[0], a[1], a[2])),
        ("Max", [Images, Pixels * 3], a => Pooling.Max(Window, a[0], a[1])),
        ("MaxBackward", [Images, Pixels * 3, Pixels * 3, Images], a => Pooling.MaxBackward(Window, a[0], a[1], a[2], a[3])),
        ("Average", [Images, Pixels * 3], a => Pooling.Average(Window, a[0], a[1])),
        ("AverageBackward", [Pixels * 3, Images], a => Pooling.AverageBackward(Window, a[0], a[1])),
        ("Multiply", [Rows * 7, 7 * Channels, Size], a => MatrixProduct.Multiply(a[0], a[1], a[2], Rows, 7, Channels)),
        ("MultiplyAddBias", [Rows * 7, 7 * Channels, Channels, Size],
            a => MatrixProduct.MultiplyAddBias(a[0], a[1], a[2], a[3], Rows, 7, Channels)),
        ("MultiplyTransposedA", [Rows * 7, 7 * Channels, Size],
            a => MatrixProduct.MultiplyTransposedA(a[0], a[1], a[2], Rows, 7, Channels)),
        ("MultiplyTransposedB", [Rows * 7, 7 * Channels, Size],
            a => MatrixProduct.MultiplyTransposedB(a[0], a[1], a[2], Rows, 7, Channels)),
        ("Transpose", [Size, Size], a => MatrixTranspose.Copy(a[0], Rows, a[1])),
        ("DeviationSums", [Size, Channels, Channels, Channels],
            a => new DeviationSums(Channels).Measure<float>(a[0], Doubles(a[1]), Doubles(a[2]), Doubles(a[3]))),
        ("ChannelMoments", [Size, Rows], a => new ChannelMoments(Channels).Add<float>(a[0], a[1])),
    ];

    public static TheoryData<string> Names => [.. Kernels.Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Kernel_OneSpanTooShort_IsAnArgumentError(string name)
    {
        var (_, lengths, run) = Kernels.Single(kernel => kernel.Name == name);
        run(Arrays(lengths, shorter: -1));

        for (var i = 0; i < lengths.Length; i++)
        {
            var arrays = Arrays(lengths, shorter: i);
            FluentActions.Invoking(() => run(arrays)).Should().Throw<ArgumentException>("span {0} is short", i);
        }
    }

    [Fact]
    public void BackwardInput_EmptyUpstreamGradient_IsAnArgumentError()
    {
        var channels = new float[Channels];

        FluentActions.Invoking(() => BatchNormKernels.BackwardInput(
                new float[Size], [], channels, channels, channels, channels, channels, new float[Size]))
            .Should().Throw<ArgumentException>().WithParameterName("dy");
    }

    private static float[][] Arrays(int[] lengths, int shorter) =>
        [.. lengths.Select((length, i) => Some.Values(i == shorter ? length - 1 : length, seed: i).Select(Math.Abs).ToArray())];

    private static double[] Doubles(float[] values) => [.. values.Select(value => (double)value)];
}
