using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Per-lane factors of a batch normalization, each array <see cref="ChannelLanes.PaddedWidth"/> long. They hold until the next are made on
/// this thread.
/// </summary>
internal readonly unsafe struct BatchNormFactors(ChannelLanes lanes)
{
    private const int Count = 5;

    private readonly int paddedWidth = lanes.PaddedWidth;
    private readonly float* arrays = ScratchBuffer.Lanes.AtLeast(Count * lanes.PaddedWidth);

    public float* Mean => arrays;

    /// <summary>gamma * inverseStdDev.</summary>
    public float* Scale => arrays + paddedWidth;

    public float* Beta => arrays + (2 * paddedWidth);

    /// <summary>dBeta / rows.</summary>
    public float* MeanGradient => arrays + (3 * paddedWidth);

    /// <summary>-inverseStdDev * dGamma / rows.</summary>
    public float* Slope => arrays + (4 * paddedWidth);

    /// <summary>
    /// dx = scale * (dy - meanGradient + (x - mean) * slope), the gradient through the batch statistics; <paramref name="deviation"/> is
    /// x - mean.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector InputGradient<TVector>(TVector dy, TVector deviation, TVector scale, TVector meanGradient, TVector slope)
        where TVector : struct, ISimd<TVector> => scale * TVector.MultiplyAdd(deviation, slope, dy - meanGradient);

    /// <summary>Sets <see cref="Mean"/> and <see cref="Scale"/>.</summary>
    public void SetScale(ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStdDev, ReadOnlySpan<float> gamma)
    {
        SpanLength.Require(inverseStdDev, lanes.Channels);
        SpanLength.Require(gamma, lanes.Channels);
        SetLanes(Mean, mean, nameof(mean));
        var scale = new Span<float>(Scale, lanes.Width);
        TensorPrimitives.Multiply(gamma, inverseStdDev, scale);
        lanes.RepeatFirst(scale);
    }

    /// <summary>Sets <see cref="MeanGradient"/> and <see cref="Slope"/>.</summary>
    public void SetMeanGradients(int rows, ReadOnlySpan<float> inverseStdDev, ReadOnlySpan<float> dGamma, ReadOnlySpan<float> dBeta)
    {
        SpanLength.Require(dGamma, lanes.Channels);
        SpanLength.Require(dBeta, lanes.Channels);
        Span<float> meanGradient = new(MeanGradient, lanes.Width), slope = new(Slope, lanes.Width);
        TensorPrimitives.Divide(dBeta, rows, meanGradient);
        TensorPrimitives.Multiply(inverseStdDev, dGamma, slope);
        TensorPrimitives.Divide(slope[..lanes.Channels], -rows, slope);
        lanes.RepeatFirst(meanGradient);
        lanes.RepeatFirst(slope);
    }

    /// <summary>Sets one of the arrays.</summary>
    public void SetLanes(float* destination, ReadOnlySpan<float> channels, string name)
    {
        SpanLength.Require(channels, lanes.Channels, name);
        var all = new Span<float>(destination, lanes.Width);
        channels.CopyTo(all);
        lanes.RepeatFirst(all);
    }
}
