using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

/// <summary>A convolution with arbitrary operands, by the kernels and by its definition in double.</summary>
internal sealed class ConvolutionCase
{
    public ConvolutionCase(int[] shape) : this(Over(shape) with { Stride = shape[6], Padding = shape[7] }, shape[8])
    {
    }

    public ConvolutionCase(int[] shape, int[] options)
        : this(
            Over(shape) with
            {
                Stride = new Size2D(options[0], options[1]),
                Padding = new Padding2D(options[2], options[3], options[4], options[5]),
                Dilation = new Size2D(options[6], options[7]),
                Groups = options[8],
            },
            shape[6])
    {
    }

    private ConvolutionCase(SlidingWindow window, int count)
    {
        (Window, Count) = (window, count);
        X = SlidingWindowOracle.Values(Window.Images * Window.ImageSize, 1);
        Filters = SlidingWindowOracle.Values(Window.PatchSize * Count, 2);
        Bias = SlidingWindowOracle.Values(Count, 3);
        Dy = SlidingWindowOracle.Values(Window.Images * Window.OutputPixels * Count, 4);
    }

    public SlidingWindow Window { get; }

    public int Count { get; }

    public float[] X { get; }

    public float[] Filters { get; }

    public float[] Bias { get; }

    public float[] Dy { get; }

    // Sums of terms up to 1 in size: about one rounding of 2^-24 per term.
    public static double Tolerance(int terms) => (terms + 10) * 1.2e-7;

    public (float[] Y, float[] Dx, float[] DFilters) Run()
    {
        float[] y = new float[Dy.Length], dx = new float[X.Length], dFilters = new float[Filters.Length];
        Run(y, dx, dFilters);
        return (y, dx, dFilters);
    }

    public void Run(float[] y, float[] dx, float[] dFilters)
    {
        Convolution.Forward(Window, X, Filters, Bias, y);
        Convolution.BackwardInput(Window, Filters, Dy, dx);
        Convolution.BackwardFilters(Window, X, Dy, dFilters);
    }

    /// <summary>The results of the kernel for each image in a call of its own.</summary>
    public float[] ForwardOneByOne()
    {
        var y = new float[Dy.Length];
        var outputs = y.Length / Window.Images;
        for (var image = 0; image < Window.Images; image++)
        {
            var x = X.AsSpan(image * Window.ImageSize, Window.ImageSize);
            Convolution.Forward(Window with { Images = 1 }, x, Filters, Bias, y.AsSpan(image * outputs, outputs));
        }

        return y;
    }

    public double[] Forward()
    {
        var y = new double[Dy.Length];
        foreach (var (output, filter, x, weight) in Terms())
            y[output + filter] += (double)X[x] * Filters[weight];
        return y;
    }

    public double[] BackwardInput()
    {
        var dx = new double[X.Length];
        foreach (var (output, filter, x, weight) in Terms())
            dx[x] += (double)Dy[output + filter] * Filters[weight];
        return dx;
    }

    public double[] BackwardFilters()
    {
        var dFilters = new double[Filters.Length];
        foreach (var (output, filter, x, weight) in Terms())
            dFilters[weight] += (double)Dy[output + filter] * X[x];
        return dFilters;
    }

    private static SlidingWindow Over(int[] shape) => new(shape[0], shape[1], shape[2], shape[3], shape[4], shape[5]);

    private IEnumerable<(int Output, int Filter, int X, int Weight)> Terms()
    {
        var inputs = Window.Channels / Window.Groups;
        foreach (var (output, pixel, position) in SlidingWindowOracle.Pairs(Window))
            for (var input = 0; input < inputs; input++)
                for (var filter = 0; filter < Count; filter++)
                {
                    var channel = (filter / (Count / Window.Groups) * inputs) + input;
                    var weight = (((position * inputs) + input) * Count) + filter;
                    yield return (output * Count, filter, (pixel * Window.Channels) + channel, weight);
                }
    }
}
