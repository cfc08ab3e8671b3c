using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

/// <summary>Convolution and pooling by their definitions, in double: every pair of an output and a value under its window.</summary>
internal static class SlidingWindowOracle
{
    /// <summary>All (output pixel, image value, position in the window) of one channel, windows in reading order.</summary>
    public static IEnumerable<(int Output, int Pixel, int Position)> Pairs(SlidingWindow window)
    {
        for (var image = 0; image < window.Images; image++)
            for (var oy = 0; oy < window.OutputHeight; oy++)
                for (var ox = 0; ox < window.OutputWidth; ox++)
                    for (var ky = 0; ky < window.WindowHeight; ky++)
                        for (var kx = 0; kx < window.WindowWidth; kx++)
                        {
                            var y = (oy * window.Stride.Height) - window.Padding.Top + (ky * window.Dilation.Height);
                            var x = (ox * window.Stride.Width) - window.Padding.Left + (kx * window.Dilation.Width);
                            if (y < 0 || y >= window.Height || x < 0 || x >= window.Width)
                                continue;
                            var output = (((image * window.OutputHeight) + oy) * window.OutputWidth) + ox;
                            yield return (output, (((image * window.Height) + y) * window.Width) + x, (ky * window.WindowWidth) + kx);
                        }
    }

    public static float[] Values(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    public static double WorstDifference(ReadOnlySpan<float> actual, double[] expected)
    {
        actual.Length.Should().Be(expected.Length);
        var worst = 0.0;
        for (var i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Math.Abs(actual[i] - expected[i]));
        return worst;
    }
}
