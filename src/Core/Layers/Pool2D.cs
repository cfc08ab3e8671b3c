using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>Pooling: each output pixel sums up a window of the image, each channel by itself.</summary>
/// <example>
/// <code>
/// Pool2DDefinition[] pools = [new MaxPool2DDefinition(3), new AveragePool2DDefinition(3) { Stride = 2 }];
/// foreach (Pool2DDefinition pool in pools)
///     Console.WriteLine(pool.OutputShape(Shape.Image(height: 9, width: 9, channels: 4)));
/// </code>
/// </example>
public abstract record Pool2DDefinition : LayerDefinition
{
    private protected Pool2DDefinition(Size2D size) => Size = size;

    /// <summary>Height and width of the window in pixels; positive.</summary>
    public Size2D Size { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Pixels that the window moves at a time, down and across; positive. Default null: its size, so that windows do not overlap.
    /// </summary>
    public Size2D? Stride { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>
    /// Pixels around the image that count neither as a maximum nor, unless asked, in an average; 0 or more and smaller than the window,
    /// default 0.
    /// </summary>
    public Padding2D Padding { get; init => field = Require.NotNegative(value); }

    /// <summary>Distance between the pixels of the window, down and across; positive, default 1: neighbours.</summary>
    public Size2D Dilation { get; init => field = Require.Positive(value); } = 1;

    /// <summary>
    /// Whether pixels that are left over below and to the right get windows too, which reach beyond the image; default false. A window that
    /// would begin beyond the image is left out, as in PyTorch.
    /// </summary>
    public bool CeilMode { get; init; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        var window = Window(input);
        return Shape.Image(window.OutputHeight, window.OutputWidth, input.Channels);
    }

    private protected SlidingWindow Window(Shape input) =>
        WindowShapes.OverPixels(input, Size, Stride ?? Size, Padding, Dilation) with { CeilMode = CeilMode };
}

/// <summary>The largest value of each window.</summary>
/// <param name="Size">Height and width of the window in pixels; positive.</param>
/// <example>
/// <code>
/// var pool = new MaxPool2DDefinition(3) { Stride = 2, CeilMode = true };
/// Console.WriteLine(pool.OutputShape(Shape.Image(height: 28, width: 28, channels: 16)));   // 14x14x16
/// </code>
/// </example>
public sealed record MaxPool2DDefinition(Size2D Size) : Pool2DDefinition(Size)
{
    /// <summary>Windows of 2x2.</summary>
    public MaxPool2DDefinition() : this(2)
    {
    }

    internal override string Kind => "maxpool";

    internal override Layer Build(LayerSite site) => new MaxPool2DLayer(site, Window(site.Input));
}

/// <summary>The mean of each window.</summary>
/// <param name="Size">Height and width of the window in pixels; positive.</param>
/// <example>
/// <code>
/// var pool = new AveragePool2DDefinition(3) { Stride = 2, Padding = 1 };
/// Console.WriteLine(pool.OutputShape(Shape.Image(height: 28, width: 28, channels: 16)));   // 14x14x16
/// </code>
/// </example>
public sealed record AveragePool2DDefinition(Size2D Size) : Pool2DDefinition(Size)
{
    /// <summary>Windows of 2x2.</summary>
    public AveragePool2DDefinition() : this(2)
    {
    }

    /// <summary>
    /// Whether padding counts as zeros in the mean; default false: the mean is that of the pixels that exist. PyTorch's default is true.
    /// </summary>
    public bool CountIncludePad { get; init; }

    internal override string Kind => "avgpool";

    internal override Layer Build(LayerSite site) =>
        new AveragePool2DLayer(site, Window(site.Input) with { CountsPadding = CountIncludePad });
}

/// <summary>The mean of each channel over the whole image: a vector of as many values as channels.</summary>
/// <example>
/// <code>
/// NetworkDefinition net = NetworkDefinition.Empty.Conv2D(32).BatchNorm().Relu().GlobalAveragePool();
/// Console.WriteLine(new Network(net, Shape.Image(28, 28, 1), seed: 1).OutputShape);   // 32
/// </code>
/// </example>
public sealed record GlobalAveragePoolDefinition : LayerDefinition
{
    internal override string Kind => "globalpool";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => Shape.Vector(input.Channels);

    internal override Layer Build(LayerSite site) => new AveragePool2DLayer(site, WholeImage(site.Input));

    internal static SlidingWindow WholeImage(Shape input) => new(1, input.Height, input.Width, input.Channels, input.Height, input.Width);
}

/// <summary>The largest value of each channel over the whole image: a vector of as many values as channels.</summary>
/// <example>
/// <code>
/// // Whether a pattern is anywhere in the picture, wherever that may be.
/// NetworkDefinition net = NetworkDefinition.Empty.Conv2D(32, kernelSize: 5).Relu().GlobalMaxPool();
/// Console.WriteLine(new Network(net, Shape.Image(28, 28, 1), seed: 1).OutputShape);   // 32
/// </code>
/// </example>
public sealed record GlobalMaxPoolDefinition : LayerDefinition
{
    internal override string Kind => "globalmaxpool";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => Shape.Vector(input.Channels);

    internal override Layer Build(LayerSite site) =>
        new MaxPool2DLayer(site, GlobalAveragePoolDefinition.WholeImage(site.Input));
}

internal abstract class Pool2DLayer(LayerSite site, SlidingWindow window) : Layer(site)
{
    // Few channels take as long as a vector of them. In double, because a file may ask for more than a long can say.
    private const double VectorLength = 16, MostOperations = 1L << 48;

    public sealed override long Operations
    {
        get
        {
            var pixels = (double)Math.Min(Window.WindowHeight, Window.Height) * Math.Min(Window.WindowWidth, Window.Width);
            return (long)Math.Min(MostOperations, 16 * pixels * Window.OutputPixels * Math.Max(VectorLength, Window.Channels));
        }
    }

    protected SlidingWindow Window { get; } = window;
}

internal sealed class MaxPool2DLayer(LayerSite site, SlidingWindow window) : Pool2DLayer(site, window)
{
    public override bool ReadsOutput => true;

    /// <summary>Whether windows are 2 x 2 and side by side.</summary>
    public bool IsOfFour => PoolingOfFour.Handles(Window);

    /// <summary>The windows over so many images.</summary>
    public SlidingWindow WindowOver(ReadOnlySpan<float> x) => Window with { Images = x.Length / Window.ImageSize };

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) =>
        Pooling.Max(Window with { Images = rows }, x, y);

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (!dx.IsEmpty)
            Pooling.MaxBackward(Window with { Images = rows }, x, y, dy, dx);
    }

    public override InferenceStep ForInference()
    {
        var frozen = Window;
        return (x, y, rows) => Pooling.Max(frozen with { Images = rows }, x, y);
    }
}

internal sealed class AveragePool2DLayer(LayerSite site, SlidingWindow window) : Pool2DLayer(site, window)
{
    public override bool ReadsInput => false;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) =>
        Pooling.Average(Window with { Images = rows }, x, y);

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (!dx.IsEmpty)
            Pooling.AverageBackward(Window with { Images = rows }, dy, dx);
    }

    public override InferenceStep ForInference()
    {
        var frozen = Window;
        return (x, y, rows) => Pooling.Average(frozen with { Images = rows }, x, y);
    }
}
