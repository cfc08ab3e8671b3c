using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

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
