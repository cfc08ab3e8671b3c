using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>
/// Convolution of images: each output pixel is a sum of products of the window around it with every filter, plus a bias per filter. It is
/// cross-correlation, as in every deep learning library: filters are not mirrored.
/// </summary>
/// <param name="Filters">Number of filters, which is the number of output channels; positive.</param>
/// <example>
/// <code>
/// var depthwise = new Conv2DDefinition(16) { KernelHeight = 5, KernelWidth = 5, Padding = 2, Groups = 16 };
/// Console.WriteLine(depthwise.OutputShape(Shape.Image(28, 28, 16)));   // 28x28x16
///
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(epochs: 1, network: net => net
///     .Conv2D(16, kernelSize: 1).Add(depthwise).BatchNorm().Relu().GlobalAveragePool());
/// var model = trainer.Fit(pictures);
/// </code>
/// </example>
public sealed record Conv2DDefinition(int Filters) : LinearDefinition
{
    /// <summary>Number of filters, which is the number of output channels; positive.</summary>
    public int Filters { get; init => field = Require.Positive(value); } = Require.Positive(Filters);

    /// <summary>Height of the window in pixels; positive, default 3.</summary>
    public int KernelHeight { get; init => field = Require.Positive(value); } = 3;

    /// <summary>Width of the window in pixels; positive, default 3.</summary>
    public int KernelWidth { get; init => field = Require.Positive(value); } = 3;

    /// <summary>Pixels that the window moves at a time, down and across; positive, default 1.</summary>
    public Size2D Stride { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Zeros around the image, in pixels; 0 or more, default 0.</summary>
    public Padding2D Padding { get; init => field = Require.NotNegative(value); }

    /// <summary>Distance between the pixels of the window, down and across; positive, default 1: neighbours.</summary>
    public Size2D Dilation { get; init => field = Require.Positive(value); } = 1;

    /// <summary>
    /// Number of groups of neighbouring channels, each with as many of the filters, which see its channels alone; it must divide both.
    /// Positive, default 1. As many groups as channels make a depthwise convolution.
    /// </summary>
    public int Groups { get; init => field = Require.Positive(value); } = 1;

    internal override string Kind => "conv";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        var window = Window(input);
        return Shape.Image(window.OutputHeight, window.OutputWidth, Filters);
    }

    internal override long StateSize(Shape input) => StateSize(Window(input).PatchSize, Filters);

    internal override long ScratchSize(Shape input) => Window(input).PaddedSize;

    internal override Layer Build(LayerSite site)
    {
        var window = Window(site.Input);
        var weights = (long)window.PatchSize * Filters;
        return weights <= Array.MaxLength / 2
            ? new Conv2DLayer(site, this, window)
            : throw new ArgumentException(
                $"{Filters} filters of {window.PatchSize} values are {weights} weights, "
                + $"more than the {Array.MaxLength / 2} that one layer can have.");
    }

    private SlidingWindow Window(Shape input) => input.Channels % Groups == 0 && Filters % Groups == 0
        ? WindowShapes.Over(input, new Size2D(KernelHeight, KernelWidth), Stride, Padding, Dilation) with { Groups = Groups }
        : throw new ArgumentException(
            $"{Groups} groups do not divide {input.Channels} channels and {Filters} filters. Use a number of groups that divides both.");
}

// W is [patch, filters]. An input pixel takes part in as many windows as a window has pixels, with the filters of its group.
internal sealed class Conv2DLayer(LayerSite site, Conv2DDefinition definition, SlidingWindow window)
    : LinearLayer(
        site, definition, [window.WindowHeight, window.WindowWidth, window.GroupChannels], definition.Filters,
        fanOut: (int)Math.Min((long)window.WindowHeight * window.WindowWidth * definition.Filters / window.Groups, int.MaxValue))
{
    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        var images = window with { Images = rows };
        Convolution.BackwardFilters(images, x, dy, Weight.Gradient);
        if (Bias is not null)
            ColumnKernels.Sum(dy, Bias.Gradient);
        if (!dx.IsEmpty)
            Convolution.BackwardInput(images, Weight.Value, dy, dx);
    }

    protected override void Apply(
        ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> y, int rows, bool relu) =>
        Convolution.Forward(window with { Images = rows }, x, weight, bias, y, relu);

    protected override InferenceStep Freeze(AlignedBuffer weight, AlignedBuffer? bias, bool relu)
    {
        var filters = new ConvolutionFilters(window, weight.Span);
        return (x, y, rows) => Convolution.Forward(x, filters, bias is null ? [] : bias.Span, y, rows, relu);
    }
}
