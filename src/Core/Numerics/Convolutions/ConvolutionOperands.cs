namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The arrays of one convolution. The way forward writes the outputs; the way back writes the images or the filters, which are gradients
/// then, as the outputs are.
/// </summary>
internal unsafe struct ConvolutionOperands(SlidingWindow window, int filters, float* images, float* filterMatrix, float* outputs)
{
    public SlidingWindow Window = window;
    public int Filters = filters;
    public float* Images = images;
    public float* FilterMatrix = filterMatrix;
    public float* Outputs = outputs;

    /// <summary>Whether <see cref="FilterMatrix"/> has the layout of <see cref="ConvolutionFilters"/>.</summary>
    public bool KeptFilters;

    public float* Bias;
    public bool Relu;

    public readonly long Operations => 2L * Window.Images * Window.OutputPixels * Window.PatchSize * Filters;

    /// <summary>Whether every channel has a filter of its own and nothing else.</summary>
    public readonly bool IsDepthwise => Window.Groups > 1 && Window.GroupChannels == 1 && Filters == Window.Channels;

    /// <summary>The first value of an output row.</summary>
    public readonly float* OutputRow(int image, int row) =>
        Outputs + ((((nint)image * Window.OutputHeight) + row) * Window.OutputWidth * Filters);
}
