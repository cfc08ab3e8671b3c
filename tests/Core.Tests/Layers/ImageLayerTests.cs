using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class ImageLayerTests
{
    private const int Images = 3;
    private static readonly Shape Input = Shape.Image(6, 5, 3);

    public static TheoryData<LayerDefinition> Layers =>
    [
        new Conv2DDefinition(4),
        new Conv2DDefinition(5) { Padding = 1 },
        new Conv2DDefinition(4) { Stride = 2, Padding = 2 },
        new Conv2DDefinition(7) { KernelHeight = 1, KernelWidth = 1 },
        new Conv2DDefinition(2) { KernelHeight = 2, KernelWidth = 4, Stride = 2, Padding = 1, UseBias = false },
        new Conv2DDefinition(4) { Stride = new Size2D(2, 1), Padding = new Padding2D(0, 1, 2, 1) },
        new Conv2DDefinition(4) { KernelWidth = 2, Dilation = new Size2D(2, 3), Padding = 1 },
        new Conv2DDefinition(6) { Groups = 3, Padding = 1 },
        new Conv2DDefinition(3) { Groups = 3, Padding = 1, Stride = 2 },
        new MaxPool2DDefinition(),
        new MaxPool2DDefinition(new Size2D(3, 2)) { Stride = new Size2D(1, 2), Padding = new Padding2D(1, 0, 0, 1) },
        new MaxPool2DDefinition { CeilMode = true, Dilation = 2 },
        new AveragePool2DDefinition(3) { Stride = 2, Padding = 1, CountIncludePad = true },
        new AveragePool2DDefinition(new Size2D(2, 3)) { Padding = new Padding2D(1, 0, 1, 2), Dilation = new Size2D(2, 1), CeilMode = true },
        new GlobalMaxPoolDefinition(),
        new MaxPool2DDefinition(3) { Stride = 2, Padding = 1 },
        new AveragePool2DDefinition(),
        new AveragePool2DDefinition(3) { Stride = 1, Padding = 2 },
        new GlobalAveragePoolDefinition(),
        new FlattenDefinition(),
    ];

    [Theory]
    [MemberData(nameof(Layers))]
    public void ForwardAndBackward_RandomUpstream_MatchFiniteDifferences(LayerDefinition definition)
    {
        var layer = definition.Build(Some.Site(Input, definition));
        for (var p = 0; p < layer.Parameters.Count; p++)
            Some.Values(layer.Parameters[p].Length, seed: 20 + p).CopyTo(layer.Parameters[p].Value);
        var x = Some.Values(Images * Input.Size, seed: 1);
        var upstream = Some.Values(Images * layer.OutputShape.Size, seed: 2);
        var (y, dx) = (new float[upstream.Length], new float[x.Length]);

        layer.Forward(x, y, Images, Some.TrainingPass);
        layer.Backward(x, y, upstream, dx, Images);

        double[][] parameters = [.. layer.Parameters.Select(parameter => Widen(parameter.Value))];
        // Sums of at most 36 products of numbers up to about 3; gradients of up to 90 of them. The differences are good to 1e-9.
        y.ShouldAgree(Oracle(definition, Widen(x), parameters), 1e-5);
        dx.ShouldAgree(FiniteDifference.Gradient(at => Oracle(definition, at, parameters), Widen(x), Widen(upstream)), 1e-5);
        for (var p = 0; p < parameters.Length; p++)
        {
            var which = p;
            layer.Parameters[p].Gradient.ShouldAgree(
                FiniteDifference.Gradient(
                    at => Oracle(definition, Widen(x), [.. parameters.Select((values, q) => q == which ? at : values)]),
                    parameters[p], Widen(upstream)),
                2e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Backward_NoInputGradientWanted_GivesTheSameParameterGradients(LayerDefinition definition)
    {
        var layer = definition.Build(Some.Site(Input, definition));
        var x = Some.Values(Images * Input.Size, seed: 1);
        var upstream = Some.Values(Images * layer.OutputShape.Size, seed: 2);
        var y = new float[upstream.Length];
        layer.Forward(x, y, Images, Some.TrainingPass);

        layer.Backward(x, y, upstream, new float[x.Length], Images);
        var expected = layer.Parameters.Select(parameter => parameter.Gradient.ToArray()).ToArray();
        foreach (var parameter in layer.Parameters)
            parameter.Gradient.Clear();
        layer.Backward(x, y, upstream, [], Images);

        layer.Parameters.Select(parameter => parameter.Gradient.ToArray()).Should().BeEquivalentTo(
            expected, options => options.WithStrictOrdering());
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Freeze_TrainedLater_GivesTheBitsOfBefore(LayerDefinition definition)
    {
        var layer = definition.Build(Some.Site(Input, definition));
        var x = Some.Values(Images * Input.Size, seed: 1);
        var (expected, actual) = (new float[Images * layer.OutputShape.Size], new float[Images * layer.OutputShape.Size]);
        layer.Forward(x, expected, Images, Pass.Inference);

        var frozen = layer.ForInference();
        foreach (var parameter in layer.Parameters)
            parameter.Value.Fill(7);
        if (frozen is null)
            x.CopyTo(actual, 0);
        else
            frozen(x, actual, Images);

        actual.Should().Equal(expected);
    }

    [Fact]
    public void OutputShape_WindowsOfAllSorts_AreThoseOfPyTorch()
    {
        var image = Shape.Image(28, 20, 3);

        new Conv2DDefinition(8).OutputShape(image).Should().Be(Shape.Image(26, 18, 8));
        new Conv2DDefinition(8) { Padding = 1, Stride = 2 }.OutputShape(image).Should().Be(Shape.Image(14, 10, 8));
        new Conv2DDefinition(8) { KernelHeight = 5, KernelWidth = 1 }.OutputShape(image).Should().Be(Shape.Image(24, 20, 8));
        new MaxPool2DDefinition(3).OutputShape(image).Should().Be(Shape.Image(9, 6, 3));
        new AveragePool2DDefinition(3) { Stride = 2, Padding = 1 }.OutputShape(image).Should().Be(Shape.Image(14, 10, 3));
        new GlobalAveragePoolDefinition().OutputShape(image).Should().Be(Shape.Vector(3));
        new GlobalMaxPoolDefinition().OutputShape(image).Should().Be(Shape.Vector(3));
        new Conv2DDefinition(8) { Stride = new Size2D(2, 1), Padding = new Padding2D(0, 1, 1, 1) }
            .OutputShape(image).Should().Be(Shape.Image(14, 20, 8));
        new Conv2DDefinition(8) { Dilation = 2 }.OutputShape(image).Should().Be(Shape.Image(24, 16, 8));
        new MaxPool2DDefinition(3) { CeilMode = true }.OutputShape(image).Should().Be(Shape.Image(10, 7, 3));
        new Conv2DDefinition(8) { KernelHeight = 1 }.OutputShape(Shape.Image(1, 20, 3)).Should().Be(Shape.Image(1, 18, 8));
        new FlattenDefinition().OutputShape(image).Should().Be(Shape.Vector(28 * 20 * 3));
    }

    [Fact]
    public void OutputShape_WindowThatDoesNotFit_SaysWhatAndWhatToDo()
    {
        var large = () => new Conv2DDefinition(8) { KernelHeight = 9 }.OutputShape(Input);
        var padded = () => new MaxPool2DDefinition(2) { Padding = 2 }.OutputShape(Input);
        var vector = () => new Conv2DDefinition(8) { Padding = 1 }.OutputShape(Shape.Vector(784));
        var huge = () => new AveragePool2DDefinition(40_000) { Padding = 39_999 }.OutputShape(Input);

        large.Should().Throw<ArgumentException>().WithMessage("A 9x3 window does not fit into an input 6x5x3 with a padding of 0.*");
        padded.Should().Throw<ArgumentException>().WithMessage("A padding of 2 must be smaller than the 2x2 window*");
        var dilated = () => new Conv2DDefinition(8) { Dilation = new Size2D(3, 1) }.OutputShape(Input);
        var alone = () => new MaxPool2DDefinition(2) { Dilation = 8, Padding = 4 }.OutputShape(Input);
        var grouped = () => new Conv2DDefinition(8) { Groups = 3 }.OutputShape(Input);
        var endless = () => new Conv2DDefinition(8) { Padding = int.MaxValue }.OutputShape(Input);

        dilated.Should().Throw<ArgumentException>().WithMessage("A 3x3 window with a dilation of 3x1 does not fit into an input 6x5x3*");
        alone.Should().Throw<ArgumentException>().WithMessage("A padding of 4 *dilation not larger than the image*");
        grouped.Should().Throw<ArgumentException>().WithMessage("3 groups do not divide 3 channels and 8 filters*");
        endless.Should().Throw<ArgumentException>().WithMessage("A padding of 2147483647 around an input 6x5x3 puts *");
        vector.Should().Throw<ArgumentException>().WithMessage("A 3x3 window needs an image, got a vector of 784 values.*dense*");
        huge.Should().Throw<ArgumentException>().WithMessage("A 40000x40000 window over 3 channels has 4800000000 values*");
        new Conv2DDefinition(8) { KernelHeight = 1, KernelWidth = 1 }.OutputShape(Shape.Vector(5)).Should().Be(Shape.Vector(8));
    }

    [Fact]
    public void Build_TooManyWeights_SaysHowMany()
    {
        var definition = new Conv2DDefinition(200_000_000);
        var build = () => definition.Build(Some.Site(Shape.Image(3, 3, 1), definition));

        build.Should().Throw<ArgumentException>().WithMessage("200000000 filters of 9 values are 1800000000 weights*");
    }

    [Fact]
    public void Settle_OptionsLeftOpen_AreSettledByTheNextLayerAndTheNetwork()
    {
        var open = new Conv2DDefinition(6);

        open.Settle(new BatchNormDefinition(), Initializer.Glorot).Should().Be(
            open with { UseBias = false, Initializer = Initializer.Glorot });
        open.Settle(new GroupNormDefinition(2), Initializer.He).Should().Be(open with { UseBias = true, Initializer = Initializer.He });
    }

    [Fact]
    public void Build_PyTorchInitializer_IsUniformInOneOverTheRootOfThePatch()
    {
        var definition = new Conv2DDefinition(64) { Initializer = Initializer.PyTorch };
        var layer = definition.Build(Some.Site(Shape.Image(5, 5, 4), definition));

        var bound = 1 / Math.Sqrt(3 * 3 * 4);
        ((double)layer.Parameters[0].Value.ToArray().Max(Math.Abs)).Should().BeInRange(0.99 * bound, bound);
        ((double)layer.Parameters[1].Value.ToArray().Max(Math.Abs)).Should().BeInRange(0.9 * bound, bound);
        layer.Parameters.Select(parameter => (parameter.Name, parameter.Length, parameter.Decays)).Should().Equal(
            ("conv1.weight", 36 * 64, true), ("conv1.bias", 64, false));
        definition.StateSize(Shape.Image(5, 5, 4)).Should().Be(37 * 64);
        (definition with { UseBias = false }).StateSize(Shape.Image(5, 5, 4)).Should().Be(36 * 64);
    }

    private static double[] Oracle(LayerDefinition definition, double[] x, double[][] parameters) => definition switch
    {
        Conv2DDefinition conv => Convolve(conv, x, parameters),
        MaxPool2DDefinition max => Pool(Window(max), x, values => values.Max()),
        AveragePool2DDefinition { CountIncludePad: true } mean => Pool(Window(mean), x, values => values.Sum() / 9),
        AveragePool2DDefinition mean => Pool(Window(mean), x, values => values.Average()),
        GlobalAveragePoolDefinition => Pool(Over(new Size2D(Input.Height, Input.Width)), x, values => values.Average()),
        GlobalMaxPoolDefinition => Pool(Over(new Size2D(Input.Height, Input.Width)), x, values => values.Max()),
        _ => x,
    };

    private static double[] Convolve(Conv2DDefinition conv, double[] x, double[][] parameters)
    {
        var window = Over(new Size2D(conv.KernelHeight, conv.KernelWidth)) with
        {
            Stride = conv.Stride,
            Padding = conv.Padding,
            Dilation = conv.Dilation,
        };
        var inputs = Input.Channels / conv.Groups;
        var y = new double[Images * window.OutputPixels * conv.Filters];
        for (var i = 0; i < y.Length; i++)
            y[i] = parameters.Length > 1 ? parameters[1][i % conv.Filters] : 0;
        foreach (var (output, pixel, position) in SlidingWindowOracle.Pairs(window))
            for (var f = 0; f < conv.Filters; f++)
                for (var c = 0; c < inputs; c++)
                    y[output * conv.Filters + f] +=
                        x[pixel * Input.Channels + f / (conv.Filters / conv.Groups) * inputs + c]
                        * parameters[0][(position * inputs + c) * conv.Filters + f];
        return y;
    }

    private static SlidingWindow Over(Size2D size) => new(Images, Input.Height, Input.Width, Input.Channels, size.Height, size.Width);

    private static SlidingWindow Window(Pool2DDefinition pool) => Over(pool.Size) with
    {
        Stride = pool.Stride ?? pool.Size,
        Padding = pool.Padding,
        Dilation = pool.Dilation,
        CeilMode = pool.CeilMode,
    };

    private static double[] Pool(SlidingWindow window, double[] x, Func<IEnumerable<double>, double> sumUp) =>
        [.. SlidingWindowOracle.Pairs(window).GroupBy(pair => pair.Output).OrderBy(pairs => pairs.Key).SelectMany(pairs =>
            Enumerable.Range(0, Input.Channels).Select(c => sumUp(pairs.Select(pair => x[pair.Pixel * Input.Channels + c]))))];

    private static double[] Widen(ReadOnlySpan<float> values) => [.. values.ToArray().Select(value => (double)value)];
}
