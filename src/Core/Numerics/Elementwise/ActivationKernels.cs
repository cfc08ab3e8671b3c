using System.Numerics;
using System.Numerics.Tensors;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Element-wise activations. Their gradients are functions of the output y, so the input need not be kept. Outputs may overwrite inputs.
/// </summary>
internal static class ActivationKernels
{
    /// <summary>y = max(x, 0); NaN stays NaN.</summary>
    public static void Relu(ReadOnlySpan<float> x, Span<float> y)
    {
        SpanLength.Require(y, x.Length);
        TensorPrimitives.Max(x, 0f, y);
    }

    /// <summary>dx = dy where y > 0, else 0.</summary>
    public static void ReluBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        SpanLength.Require(dy, y.Length);
        SpanLength.Require(dx, y.Length);
        var i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var open = Vector.GreaterThan(new Vector<float>(y[i..]), Vector<float>.Zero);
            (Vector.AsVectorSingle(open) & new Vector<float>(dy[i..])).CopyTo(dx[i..]);
        }

        for (; i < y.Length; i++)
            dx[i] = y[i] > 0 ? dy[i] : 0;
    }

    /// <summary>y = 1 / (1 + exp(-x)).</summary>
    public static void Sigmoid(ReadOnlySpan<float> x, Span<float> y)
    {
        SpanLength.Require(y, x.Length);
        VectorMath.Sigmoid(x, y);
    }

    /// <summary>dx = dy * y * (1 - y).</summary>
    public static void SigmoidBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        SpanLength.Require(dy, y.Length);
        SpanLength.Require(dx, y.Length);
        var i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var output = new Vector<float>(y[i..]);
            (new Vector<float>(dy[i..]) * output * (Vector<float>.One - output)).CopyTo(dx[i..]);
        }

        for (; i < y.Length; i++)
            dx[i] = dy[i] * y[i] * (1 - y[i]);
    }

    /// <summary>y = tanh(x).</summary>
    public static void Tanh(ReadOnlySpan<float> x, Span<float> y)
    {
        SpanLength.Require(y, x.Length);
        VectorMath.Tanh(x, y);
    }

    /// <summary>dx = dy * (1 - y^2).</summary>
    public static void TanhBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        SpanLength.Require(dy, y.Length);
        SpanLength.Require(dx, y.Length);
        var i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var output = new Vector<float>(y[i..]);
            (new Vector<float>(dy[i..]) * (Vector<float>.One - output * output)).CopyTo(dx[i..]);
        }

        for (; i < y.Length; i++)
            dx[i] = dy[i] * (1 - y[i] * y[i]);
    }
}
