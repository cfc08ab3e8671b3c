namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Convolution of images stored channels last, as products of matrices: y[pixel, filter] = sum over the patch of patch[pixel, :] *
/// filters[:, filter]. Filters are [windowHeight, windowWidth, channels, filters], which read as a matrix are [patch, filters]; results are
/// [images, outputHeight, outputWidth, filters]. The matrix of patches never exists: its rows are read from the padded images, where they
/// overlap. 3 x 3 windows over enough channels go a way with fewer multiplications (<see cref="Winograd"/>). Results are the same to the
/// last bit for every number of threads.
/// </summary>
internal static unsafe class Convolution
{
    /// <summary>
    /// y = x convolved with the filters, plus the bias of the filter unless empty; 0 where that is negative, if <paramref name="relu"/>.
    /// </summary>
    public static void Forward(
        SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> filters, ReadOnlySpan<float> bias, Span<float> y,
        bool relu = false)
    {
        var count = Validate(window, x.Length, nameof(x), filters.Length, nameof(filters), y.Length, nameof(y));
        if (!bias.IsEmpty && bias.Length != count)
            throw new ArgumentException($"A bias for each of {count} filters was expected, got {bias.Length}.", nameof(bias));
        if (window.IsSinglePixel)
        {
            MatrixProduct.MultiplyAddBias(x, filters, bias, y, window.Images * window.OutputPixels, window.Channels, count, relu);
            return;
        }

        fixed (float* pinnedX = x, pinnedFilters = filters, pinnedBias = bias, pinnedY = y)
        {
            Run(Pass.Forward, new ConvolutionOperands
            {
                Window = window,
                Filters = count,
                Images = pinnedX,
                FilterMatrix = pinnedFilters,
                Bias = pinnedBias,
                Outputs = pinnedY,
                Relu = relu,
            });
        }
    }

    /// <summary>dx = the gradient of the images, given that of the result.</summary>
    public static void BackwardInput(SlidingWindow window, ReadOnlySpan<float> filters, ReadOnlySpan<float> dy, Span<float> dx) =>
        Backward(Pass.BackwardInput, window, dx, nameof(dx), filters, nameof(filters), dy);

    /// <summary>dFilters = the gradient of the filters, given the images and the gradient of the result.</summary>
    public static void BackwardFilters(SlidingWindow window, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dFilters) =>
        Backward(Pass.BackwardFilters, window, x, nameof(x), dFilters, nameof(dFilters), dy);

    private static void Backward(
        Pass pass, SlidingWindow window, ReadOnlySpan<float> images, string imagesName, ReadOnlySpan<float> filters, string filtersName,
        ReadOnlySpan<float> dy)
    {
        var count = Validate(window, images.Length, imagesName, filters.Length, filtersName, dy.Length, nameof(dy));

        // One of images and filters is the result of the pass: it came in as a writable span.
        fixed (float* pinnedImages = images, pinnedFilters = filters, pinnedDy = dy)
        {
            Run(pass, new ConvolutionOperands
            {
                Window = window,
                Filters = count,
                Images = pinnedImages,
                FilterMatrix = pinnedFilters,
                Outputs = pinnedDy,
            });
        }
    }

    /// <summary>Returns the number of filters.</summary>
    private static int Validate(
        SlidingWindow window, int images, string imagesName, int filters, string filtersName, int outputs, string outputsName)
    {
        window.Validate();
        var count = filters / window.PatchSize;
        if (count == 0 || filters % window.PatchSize != 0)
            throw new ArgumentException(
                $"Filters of {window.PatchSize} values each were expected, got {filters}, for {window}.", filtersName);
        window.RequireImages(images, imagesName);
        window.RequireOutputs(outputs, count, outputsName);
        return count;
    }

    /// <summary>The forward pass by the faster of the two ways.</summary>
    internal static void RunForward<TVector>(ConvolutionOperands operands)
        where TVector : struct, ISimd<TVector>
    {
        if (Winograd.Pays(operands.Window, operands.Filters))
        {
            var winograd = new WinogradForward<TVector>(operands);
            winograd.Run();
            return;
        }

        var forward = new ConvolutionForward<TVector>(operands);
        forward.Run();
    }

    private static void RunBackwardFilters<TVector>(ConvolutionOperands operands)
        where TVector : struct, ISimd<TVector>
    {
        if (Winograd.Pays(operands.Window, operands.Filters))
        {
            var winograd = new WinogradBackwardFilters<TVector>(operands);
            winograd.Run();
            return;
        }

        var direct = new ConvolutionBackwardFilters<TVector>(operands);
        direct.Run();
    }

    private static void Run(Pass pass, ConvolutionOperands operands)
    {
        var operation = new Operation(pass, operands);
        Simd.RunWidest(ref operation);
    }

    private enum Pass
    {
        Forward,
        BackwardInput,
        BackwardFilters,
    }

    private readonly struct Operation(Pass pass, ConvolutionOperands operands) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            switch (pass)
            {
                case Pass.Forward:
                    RunForward<TVector>(operands);
                    break;
                case Pass.BackwardInput:
                    var backwardInput = new ConvolutionBackwardInput<TVector>(operands);
                    backwardInput.Run();
                    break;
                default:
                    RunBackwardFilters<TVector>(operands);
                    break;
            }
        }
    }
}
