using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The parametric ReLU over a matrix rows x channels with one slope per channel (He et al., 2015, arXiv:1502.01852). <c>y</c> may be
/// <c>x</c>, and <c>dx</c> may be <c>dy</c>.
/// </summary>
internal static class PReluKernels
{
    /// <summary>y = x where x > 0, else slope * x.</summary>
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> slope, Span<float> y)
    {
        var channels = slope.Length;
        SpanLength.RequireRows(x, channels);
        SpanLength.Require(y, x.Length);
        for (var start = 0; start < x.Length; start += channels)
        {
            var from = x.Slice(start, channels);
            var to = y.Slice(start, channels);
            for (var c = 0; c < channels; c += Vector<float>.Count)
            {
                var input = RowVector.Load(from, c);
                RowVector.Store(Vector.ConditionalSelect(IsPositive(input), input, RowVector.Load(slope, c) * input), to, c);
            }
        }
    }

    /// <summary>
    /// dSlope = sum over the rows of dy * x where x is not positive and, unless <paramref name="dx"/> is empty, dx = dy where x > 0, else
    /// slope * dy.
    /// </summary>
    public static void Backward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> slope, Span<float> dSlope, Span<float> dx)
    {
        var channels = slope.Length;
        SpanLength.RequireRows(x, channels);
        SpanLength.Require(dy, x.Length);
        SpanLength.Require(dSlope, channels);
        if (!dx.IsEmpty)
            SpanLength.Require(dx, x.Length);
        dSlope.Clear();
        for (var start = 0; start < x.Length; start += channels)
        {
            var inputs = x.Slice(start, channels);
            var upstreams = dy.Slice(start, channels);
            for (var c = 0; c < channels; c += Vector<float>.Count)
            {
                var (input, upstream) = (RowVector.Load(inputs, c), RowVector.Load(upstreams, c));
                var isPositive = IsPositive(input);
                var product = Vector.ConditionalSelect(isPositive, Vector<float>.Zero, upstream * input);
                RowVector.Store(RowVector.Load(dSlope, c) + product, dSlope, c);
                if (!dx.IsEmpty)
                    RowVector.Store(
                        Vector.ConditionalSelect(isPositive, upstream, RowVector.Load(slope, c) * upstream), dx.Slice(start, channels), c);
            }
        }
    }

    private static Vector<int> IsPositive(Vector<float> x) => Vector.GreaterThan(x, Vector<float>.Zero);
}
