using System.Numerics.Tensors;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Functions of <see cref="TensorPrimitives"/> whose result for a value does not depend on how many values stand beside it.
/// TensorPrimitives takes its vector path, which rounds differently from the scalar one, only from four values on; fewer are computed
/// among padding.
/// </summary>
internal static class VectorMath
{
    private const int ShortestVector = 4;

    private delegate void Function(ReadOnlySpan<float> x, Span<float> y);

    /// <summary>y = exp(x); y may be x.</summary>
    public static void Exp(ReadOnlySpan<float> x, Span<float> y) => Apply(TensorPrimitives.Exp, x, y);

    /// <summary>y = 1 / (1 + exp(-x)); y may be x.</summary>
    public static void Sigmoid(ReadOnlySpan<float> x, Span<float> y) => Apply(TensorPrimitives.Sigmoid, x, y);

    /// <summary>y = tanh(x); y may be x.</summary>
    public static void Tanh(ReadOnlySpan<float> x, Span<float> y) => Apply(TensorPrimitives.Tanh, x, y);

    private static void Apply(Function function, ReadOnlySpan<float> x, Span<float> y)
    {
        if (x.Length >= ShortestVector)
        {
            function(x, y);
            return;
        }

        Span<float> padded = stackalloc float[ShortestVector];
        padded.Clear();
        x.CopyTo(padded);
        function(padded, padded);
        padded[..x.Length].CopyTo(y);
    }
}
