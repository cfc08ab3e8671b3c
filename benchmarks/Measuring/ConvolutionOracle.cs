using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Measuring;

/// <summary>What a convolution must give, in double.</summary>
internal static class ConvolutionOracle
{
    // All outputs of a large convolution would take minutes. The first and the last lie at borders.
    private const int Samples = 1000;

    /// <summary>Compares some of the outputs with plain loops over their windows.</summary>
    public static void CheckOutputs(SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> y)
    {
        var filters = weight.Length / window.PatchSize;
        var (actual, expected) = (new float[Samples], new double[Samples]);
        for (var i = 0; i < Samples; i++)
        {
            var index = (int)((y.Length - 1L) * i / (Samples - 1));
            actual[i] = y[index];
            expected[i] = Output(window, x, weight, filters, pixel: index / filters, filter: index % filters);
        }

        if (Array.TrueForAll(expected, value => value == 0))
            throw new InvalidOperationException("The convolution gives only zeros: nothing would be checked.");
        // Sums of up to 4,608 floats, and the transforms of Winograd's way.
        Check.Agree("convolution y", actual, expected, 1e-4);
    }

    /// <summary>
    /// The sum of y * dy is linear in the images and in the filters, so that it is also the sum of dx * x and that of dw * w.
    /// </summary>
    public static void CheckGradients(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dx, ReadOnlySpan<float> weight, ReadOnlySpan<float> dw, ReadOnlySpan<float> y,
        ReadOnlySpan<float> dy)
    {
        var sum = Dot(y, dy);
        // Terms of both signs nearly cancel: what counts is how large such a sum can be.
        var size = Math.Sqrt(Dot(y, y) / y.Length * Dot(dy, dy));
        Check.Agree("convolution dx", Dot(x, dx) + 10 * size, sum + 10 * size, 1e-6);
        Check.Agree("convolution dw", Dot(weight, dw) + 10 * size, sum + 10 * size, 1e-6);
    }

    private static double Output(
        SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, int filters, int pixel, int filter)
    {
        var (image, position) = Math.DivRem(pixel, window.OutputPixels);
        var (top, firstRow, endRow) = window.OverlapRows(position / window.OutputWidth);
        var (left, firstColumn, endColumn) = window.OverlapColumns(position % window.OutputWidth);
        var sum = 0.0;
        for (var row = firstRow; row < endRow; row++)
            for (var column = firstColumn; column < endColumn; column++)
                for (var channel = 0; channel < window.Channels; channel++)
                {
                    var value = ((image * window.Height + top + row) * window.Width + left + column) * window.Channels + channel;
                    var patch = (row * window.WindowWidth + column) * window.Channels + channel;
                    sum += (double)x[value] * weight[patch * filters + filter];
                }

        return sum;
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }
}
