using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>
/// Convolutions as networks for pictures of 224 x 224 have them, for one image and for 16: the three passes of training, and inference with
/// the filters prepared. GFLOP/s count the multiplications of the direct way, whether they are made or not.
/// </summary>
internal static class ConvolutionWorkloads
{
    private static readonly int[] Batches = [1, 16];
    private static readonly string[] Passes = ["forward", "inference", "input_gradient", "filter_gradient"];

    private static readonly Dictionary<string, ConvolutionCase[]> Sizes = new()
    {
        ["conv_3x3"] =
        [
            new(224, 64, 64, 3), new(112, 128, 128, 3), new(56, 64, 64, 3), new(56, 256, 256, 3), new(28, 512, 512, 3), new(7, 512, 512, 3),
        ],
        ["conv_1x1"] = [new(56, 64, 256, 1), new(56, 256, 64, 1), new(14, 1024, 256, 1), new(7, 512, 2048, 1)],
        ["conv_stride2"] =
        [
            new(224, 3, 64, 7, Stride: 2), new(56, 64, 128, 3, Stride: 2), new(14, 512, 512, 3, Stride: 2), new(56, 64, 128, 1, Stride: 2),
            new(14, 1024, 2048, 1, Stride: 2),
        ],
    };

    public static IEnumerable<Workload> All =>
        from name in Sizes.Keys
        select new Workload(name, timing => Cases(name).SelectMany(one => Measure(timing, name, one.Size, one.Images)));

    /// <summary>The names of all figures.</summary>
    public static IEnumerable<string> Names =>
        from name in Sizes.Keys from one in Cases(name) from pass in Passes select NameOf(name, one.Size, one.Images, pass);

    private static IEnumerable<(ConvolutionCase Size, int Images)> Cases(string workload) =>
        from size in Sizes[workload] from images in Batches select (size, images);

    private static IEnumerable<Measurement> Measure(Timing timing, string workload, ConvolutionCase size, int images)
    {
        var (input, definition) = (size.Input, size.Definition);
        var output = definition.OutputShape(input);
        var layer = definition.Build(new LayerSite(0, "conv1", input, output, new CounterRandom(1)));
        var filters = layer.Parameters[0];
        var window = WindowShapes.Over(input, size.Window, size.Stride, definition.Padding, dilation: 1) with { Images = images };
        var x = Aligned.Copy(PeerData.Uniform(images * input.Size, PeerData.Examples));
        var dy = Aligned.Copy(PeerData.Uniform(images * output.Size, PeerData.UpstreamGradient));
        AlignedBuffer y = new(images * output.Size), dx = new(images * input.Size);
        var predict = layer.ForInference()!;
        Action[] passes =
        [
            () => layer.Forward(x.Span, y.Span, images, Pass.Training(default)),
            () => predict(x.Span, y.Span, images),
            () => Convolution.BackwardInput(window, filters.Value, dy.Span, dx.Span),
            () => layer.Backward(x.Span, y.Span, dy.Span, dx: [], images),
        ];
        foreach (var pass in passes)
        {
            pass();
            ConvolutionOracle.CheckOutputs(window, x.Span, filters.Value, y.Span);
        }

        ConvolutionOracle.CheckGradients(x.Span, dx.Span, filters.Value, filters.Gradient, y.Span, dy.Span);

        var operations = 2.0 * images * output.Size * window.PatchSize;
        foreach (var (name, pass) in Passes.Zip(passes))
            yield return Measurement.OfOperations(NameOf(workload, size, images, name), timing, timing.Measure(pass), operations);
    }

    private static string NameOf(string workload, ConvolutionCase size, int images, string pass) => $"{workload}[{size},{images},{pass}]";

    /// <summary>A square image and a square window, with padding so that a stride of 1 keeps the size. No bias.</summary>
    private sealed record ConvolutionCase(int Pixels, int Channels, int Filters, int Window, int Stride = 1)
    {
        public Shape Input => Shape.Image(Pixels, Pixels, Channels);

        public Conv2DDefinition Definition => new(Filters)
        {
            KernelHeight = Window,
            KernelWidth = Window,
            Stride = Stride,
            Padding = Window / 2,
            UseBias = false,
            Initializer = Initializer.PyTorch,
        };

        public override string ToString() => $"{Pixels}x{Pixels}x{Channels}-{Filters},{Window}x{Window}";
    }
}
