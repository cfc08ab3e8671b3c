namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The windows that a convolution or pooling moves over a batch of images stored channels last, [images, height, width, channels], with as
/// much padding on every side and the same stride both ways.
/// </summary>
internal readonly record struct SlidingWindow(int Images, int Height, int Width, int Channels, int WindowHeight, int WindowWidth)
{
    public int Stride { get; init; } = 1;

    public int Padding { get; init; }

    public int OutputHeight => ((Height + (2 * Padding) - WindowHeight) / Stride) + 1;

    public int OutputWidth => ((Width + (2 * Padding) - WindowWidth) / Stride) + 1;

    public int OutputPixels => OutputHeight * OutputWidth;

    /// <summary>Values of one image.</summary>
    public int ImageSize => Height * Width * Channels;

    /// <summary>Values in one window.</summary>
    public int PatchSize => WindowHeight * WindowWidth * Channels;

    /// <summary>Whether every patch is just one pixel, so that the images are the matrix of their patches.</summary>
    public bool IsSinglePixel => WindowHeight == 1 && WindowWidth == 1 && Stride == 1 && Padding == 0;

    /// <summary>The part of a window that lies within <paramref name="length"/> pixels.</summary>
    /// <param name="output">Output row or column.</param>
    /// <param name="window">Window height or width.</param>
    /// <param name="length">Image height or width.</param>
    /// <returns>Pixel of the image under the first row or column of the window, and which of the window's exist: Begin to End.</returns>
    public (int Origin, int Begin, int End) Overlap(int output, int window, int length)
    {
        var origin = (output * Stride) - Padding;
        return (origin, Math.Max(0, -origin), Math.Min(window, length - origin));
    }

    /// <summary>Throws where a window does not fit or every value of one could be padding.</summary>
    public void Validate()
    {
        if (Images < 0 || Height < 1 || Width < 1 || Channels < 1 || WindowHeight < 1 || WindowWidth < 1 || Stride < 1 || Padding < 0)
            throw new ArgumentException($"Sizes and stride must be positive and images and padding not negative, got {this}.");
        if (Padding >= WindowHeight || Padding >= WindowWidth)
            throw new ArgumentException($"Padding must be smaller than the window, got {this}.");
        if (WindowHeight > Height + (2 * Padding) || WindowWidth > Width + (2 * Padding))
            throw new ArgumentException($"The window must fit into the padded image, got {this}.");
    }

    /// <summary>Throws unless a span holds exactly the images, or the given number of values per output pixel.</summary>
    public void RequireImages(int length, string name) => Require(length, (long)Images * ImageSize, name);

    /// <inheritdoc cref="RequireImages"/>
    public void RequireOutputs(int length, int valuesPerPixel, string name) =>
        Require(length, (long)Images * OutputPixels * valuesPerPixel, name);

    private void Require(int length, long expected, string name)
    {
        if (length != expected)
            throw new ArgumentException($"{expected} values were expected, got {length}, for {this}.", name);
    }
}
