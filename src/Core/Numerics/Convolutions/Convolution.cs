using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Convolution of images stored channels last, as products of matrices: y[pixel, filter] = sum over the patch of patch[pixel, :] *
/// filters[:, filter]. Filters are [windowHeight, windowWidth, channels of a group, filters], which read as a matrix are [patch, filters];
/// the filters of a group, which are neighbours, see its channels alone. Results are [images, outputHeight, outputWidth, filters]. The
/// matrix of patches never exists: its rows are read from the padded images, where they overlap. 3 x 3 windows over enough channels go a
/// way with fewer multiplications (<see cref="Winograd"/>), a filter for each channel one without matrices
/// (<see cref="DepthwiseForward{TVector}"/>). Results are the same to the last bit for every number of threads.
/// </summary>
internal static unsafe class Convolution
{
    /// <summary>
    /// y = x convolved with the filters, plus the bias of the filter unless empty; 0 where that is negative, if <paramref name="relu"/>.
    /// </summary>
    public static void Forward(
        SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> filters, ReadOnlySpan<float> bias, Span<float> y,
        bool relu = false) =>
        Forward(window, x, filters, Validate(window, x, filters, y), bias, y, relu, keptFilters: false);

    /// <summary>The same, to the last bit, for any number of images.</summary>
    public static void Forward(
        ReadOnlySpan<float> x, ConvolutionFilters filters, ReadOnlySpan<float> bias, Span<float> y, int images, bool relu)
    {
        var window = filters.Window with { Images = images };
        window.RequireImages(x.Length, nameof(x));
        window.RequireOutputs(y.Length, filters.Count, nameof(y));
        Forward(window, x, filters.Values, filters.Count, bias, y, relu, keptFilters: true);
    }

    /// <summary>dx = the gradient of the images, given that of the result.</summary>
    public static void BackwardInput(SlidingWindow window, ReadOnlySpan<float> filters, ReadOnlySpan<float> dy, Span<float> dx)
    {
        var count = Validate(window, dx, filters, dy);

        // Of fewer channels the product would add in another order.
        if (window.IsSinglePixel && window.Channels > MatrixProductNarrow.MaxColumns)
        {
            MatrixProduct.MultiplyTransposedB(dy, filters, dx, window.Images * window.OutputPixels, count, window.Channels);
            return;
        }

        fixed (float* pinnedFilters = filters, pinnedDy = dy, pinnedDx = dx)
        {
            var pass = new BackwardInputPass(new ConvolutionOperands(window, count, pinnedDx, pinnedFilters, pinnedDy));
            Simd.RunWidest(ref pass);
        }
    }

    /// <summary>dFilters = the gradient of the filters, given the images and the gradient of the result.</summary>
    public static void BackwardFilters(SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dFilters)
    {
        var count = Validate(window, x, dFilters, dy);
        fixed (float* pinnedX = x, pinnedDy = dy, pinnedFilters = dFilters)
        {
            var pass = new BackwardFiltersPass(new ConvolutionOperands(window, count, pinnedX, pinnedFilters, pinnedDy));
            Simd.RunWidest(ref pass);
        }
    }

    private static void Forward(
        SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> filters, int count, ReadOnlySpan<float> bias, Span<float> y,
        bool relu, bool keptFilters)
    {
        if (!bias.IsEmpty && bias.Length != count)
            throw new ArgumentException($"A bias for each of {count} filters was expected, got {bias.Length}.", nameof(bias));
        if (window.IsSinglePixel)
        {
            MatrixProduct.MultiplyAddBias(x, filters, bias, y, window.Images * window.OutputPixels, window.Channels, count, relu);
            return;
        }

        fixed (float* pinnedX = x, pinnedFilters = filters, pinnedBias = bias, pinnedY = y)
        {
            var pass = new ForwardPass(new ConvolutionOperands(window, count, pinnedX, pinnedFilters, pinnedY)
            {
                KeptFilters = keptFilters,
                Bias = pinnedBias,
                Relu = relu,
            });
            Simd.RunWidest(ref pass);
        }
    }

    /// <summary>Returns the number of filters.</summary>
    private static int Validate(
        SlidingWindow window, ReadOnlySpan<float> images, ReadOnlySpan<float> filters, ReadOnlySpan<float> outputs,
        [CallerArgumentExpression(nameof(images))] string imagesName = "",
        [CallerArgumentExpression(nameof(filters))] string filtersName = "",
        [CallerArgumentExpression(nameof(outputs))] string outputsName = "")
    {
        window.Validate();
        var count = filters.Length / window.PatchSize;
        if (count == 0 || filters.Length % window.PatchSize != 0 || count % window.Groups != 0)
            throw new ArgumentException(
                $"Filters of {window.PatchSize} values each, as many in each group, were expected, got {filters.Length}, for {window}.",
                filtersName);
        window.RequireImages(images.Length, imagesName);
        window.RequireOutputs(outputs.Length, count, outputsName);
        return count;
    }

    /// <summary>The forward pass by the fastest way.</summary>
    internal static void RunForward<TVector>(ConvolutionOperands operands)
        where TVector : struct, ISimd<TVector>
    {
        if (operands.IsDepthwise)
        {
            var depthwise = new DepthwiseForward<TVector>(operands);
            depthwise.Run();
            return;
        }

        if (Winograd.Pays(operands.Window, operands.Filters))
        {
            var winograd = new WinogradForward<TVector>(operands);
            winograd.Run();
            return;
        }

        var forward = new ConvolutionForward<TVector>(operands);
        forward.Run();
    }

    private readonly struct ForwardPass(ConvolutionOperands operands) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector> => RunForward<TVector>(operands);
    }

    private readonly struct BackwardInputPass(ConvolutionOperands operands) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            if (operands.IsDepthwise)
            {
                var depthwise = new DepthwiseBackwardInput<TVector>(operands);
                depthwise.Run();
                return;
            }

            var backward = new ConvolutionBackwardInput<TVector>(operands);
            backward.Run();
        }
    }

    private readonly struct BackwardFiltersPass(ConvolutionOperands operands) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            if (operands.IsDepthwise)
            {
                var depthwise = new DepthwiseBackwardFilters<TVector>(operands);
                depthwise.Run();
                return;
            }

            if (Winograd.Pays(operands.Window, operands.Filters))
            {
                var winograd = new WinogradBackwardFilters<TVector>(operands);
                winograd.Run();
                return;
            }

            var direct = new ConvolutionBackwardFilters<TVector>(operands);
            direct.Run();
        }
    }
}
