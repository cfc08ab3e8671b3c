using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>Pooling: each output pixel sums up a square window of the image, each channel by itself.</summary>
public abstract record Pool2DDefinition : LayerDefinition
{
    private protected Pool2DDefinition(int size) => Size = size;

    /// <summary>Height and width of the window in pixels; positive.</summary>
    public int Size { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Pixels that the window moves at a time, both ways; positive. Default null: its size, so that windows do not overlap.
    /// </summary>
    public int? Stride { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>
    /// Pixels around the image on every side that count neither as a maximum nor in an average; 0 or more and smaller than the window,
    /// default 0.
    /// </summary>
    public int Padding { get; init => field = Require.NotNegative(value); }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        var window = Window(input);
        return Shape.Image(window.OutputHeight, window.OutputWidth, input.Channels);
    }

    private protected SlidingWindow Window(Shape input) => WindowShapes.Over(input, Size, Size, Stride ?? Size, Padding);
}

/// <summary>The largest value of each window.</summary>
/// <param name="Size">Height and width of the window in pixels; positive, default 2.</param>
public sealed record MaxPool2DDefinition(int Size = 2) : Pool2DDefinition(Size)
{
    internal override string Kind => "maxpool";

    internal override Layer Build(LayerSite site) => new MaxPool2DLayer(site, Window(site.Input));
}

/// <summary>The mean of each window.</summary>
/// <param name="Size">Height and width of the window in pixels; positive, default 2.</param>
public sealed record AveragePool2DDefinition(int Size = 2) : Pool2DDefinition(Size)
{
    internal override string Kind => "avgpool";

    internal override Layer Build(LayerSite site) => new AveragePool2DLayer(site, Window(site.Input));
}

/// <summary>The mean of each channel over the whole image: a vector of as many values as channels.</summary>
public sealed record GlobalAveragePoolDefinition : LayerDefinition
{
    internal override string Kind => "globalpool";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => Shape.Vector(input.Channels);

    internal override Layer Build(LayerSite site) =>
        new AveragePool2DLayer(site, WindowShapes.Over(site.Input, site.Input.Height, site.Input.Width, stride: 1, padding: 0));
}

internal sealed class MaxPool2DLayer(LayerSite site, SlidingWindow window) : Layer(site)
{
    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) =>
        Pooling.Max(window with { Images = rows }, x, y);

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (!dx.IsEmpty)
            Pooling.MaxBackward(window with { Images = rows }, x, y, dy, dx);
    }

    public override InferenceStep ForInference()
    {
        var frozen = window;
        return (x, y, rows) => Pooling.Max(frozen with { Images = rows }, x, y);
    }
}

internal sealed class AveragePool2DLayer(LayerSite site, SlidingWindow window) : Layer(site)
{
    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) =>
        Pooling.Average(window with { Images = rows }, x, y);

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (!dx.IsEmpty)
            Pooling.AverageBackward(window with { Images = rows }, dy, dx);
    }

    public override InferenceStep ForInference()
    {
        var frozen = window;
        return (x, y, rows) => Pooling.Average(frozen with { Images = rows }, x, y);
    }
}
