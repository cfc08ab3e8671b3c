using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The windows that a convolution or pooling moves over a batch of images stored channels last, [images, height, width, channels].
/// </summary>
internal readonly record struct SlidingWindow(int Images, int Height, int Width, int Channels, int WindowHeight, int WindowWidth)
{
    public Size2D Stride { get; init; } = 1;

    public Padding2D Padding { get; init; }

    /// <summary>Distance between the pixels of a window.</summary>
    public Size2D Dilation { get; init; } = 1;

    /// <summary>In how many groups of neighbours a convolution's channels and filters are, each with its own.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether a last window may reach beyond the padding, as long as it begins before it.</summary>
    public bool CeilMode { get; init; }

    /// <summary>Whether an average counts the padding under its window, as zeros.</summary>
    public bool CountsPadding { get; init; }

    public int OutputHeight => Positions(Height, Padding.Top, Padding.Bottom, SpanHeight, Stride.Height);

    public int OutputWidth => Positions(Width, Padding.Left, Padding.Right, SpanWidth, Stride.Width);

    /// <summary>Image rows from the first of a window to its last.</summary>
    public int SpanHeight => ((WindowHeight - 1) * Dilation.Height) + 1;

    /// <summary>Image columns from the first of a window to its last.</summary>
    public int SpanWidth => ((WindowWidth - 1) * Dilation.Width) + 1;

    /// <summary>Channels of one group.</summary>
    public int GroupChannels => Channels / Groups;

    /// <summary>Whether a row of a window is one run of memory.</summary>
    public bool HasWholeRows => Dilation.Width == 1 && Groups == 1;

    public int OutputPixels => OutputHeight * OutputWidth;

    /// <summary>Values of one image.</summary>
    public int ImageSize => Height * Width * Channels;

    /// <summary>Values of the image rows under a row of windows, with the padding around them; 0 where there is none.</summary>
    public long PaddedSize => Padding == 0 ? 0 : (long)SpanHeight * (Width + Padding.Left + Padding.Right) * Channels;

    /// <summary>Values in one window that a filter sees.</summary>
    public int PatchSize => WindowHeight * WindowWidth * GroupChannels;

    /// <summary>Whether every patch is just one pixel, so that the images are the matrix of their patches.</summary>
    public bool IsSinglePixel => WindowHeight == 1 && WindowWidth == 1 && Stride == 1 && Padding == 0 && Groups == 1;

    /// <summary>
    /// Whether every window has a pixel of the image under it. One whose dilation is larger than the image could miss it on both sides.
    /// </summary>
    public bool AlwaysSeesPixels => Math.Max(Padding.Top, Padding.Bottom) < SpanHeight && Math.Max(Padding.Left, Padding.Right) < SpanWidth
        && (Padding.Top == 0 || Dilation.Height <= Height) && (Padding.Left == 0 || Dilation.Width <= Width);

    /// <summary>The rows of a window that lie within the image.</summary>
    /// <param name="output">Output row.</param>
    /// <returns>Image row under the first row of the window, and which of the window's exist: Begin to End.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int Origin, int Begin, int End) OverlapRows(int output) =>
        Overlap((output * Stride.Height) - Padding.Top, WindowHeight, Dilation.Height, Height);

    /// <summary>The columns of a window that lie within the image, as <see cref="OverlapRows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int Origin, int Begin, int End) OverlapColumns(int output) =>
        Overlap((output * Stride.Width) - Padding.Left, WindowWidth, Dilation.Width, Width);

    /// <summary>Pixels of the image and its padding under the window that begins at this one.</summary>
    public int PaddedPixels(int top, int left) => TapsBefore(top, WindowHeight, Dilation.Height, Height + Padding.Bottom)
        * TapsBefore(left, WindowWidth, Dilation.Width, Width + Padding.Right);

    /// <summary>Throws where a size is out of range or a window does not fit.</summary>
    public void Validate()
    {
        if (Images < 0 || Height < 1 || Width < 1 || Channels < 1 || WindowHeight < 1 || WindowWidth < 1
            || Stride is not { Height: > 0, Width: > 0 } || Dilation is not { Height: > 0, Width: > 0 }
            || Padding is not { Top: >= 0, Left: >= 0, Bottom: >= 0, Right: >= 0 } || Groups < 1 || Channels % Groups != 0)
            throw new ArgumentException(
                $"Sizes, stride and groups that divide the channels must be positive and images and padding not negative, got {this}.");
        if (SpanHeight > Height + Padding.Top + Padding.Bottom || SpanWidth > Width + Padding.Left + Padding.Right)
            throw new ArgumentException($"The window must fit into the padded image, got {this}.");
    }

    /// <summary>Throws unless a span holds exactly the images, or the given number of values per output pixel.</summary>
    public void RequireImages(int length, string name) => Require(length, (long)Images * ImageSize, name);

    /// <inheritdoc cref="RequireImages"/>
    public void RequireOutputs(int length, int valuesPerPixel, string name) =>
        Require(length, (long)Images * OutputPixels * valuesPerPixel, name);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int Origin, int Begin, int End) Overlap(int origin, int window, int dilation, int length)
    {
        var begin = dilation == 1 ? Math.Max(0, -origin) : Math.Max(0, (dilation - 1 - origin) / dilation);
        return (origin, begin, Math.Max(begin, TapsBefore(origin, window, dilation, length)));
    }

    // How many of a window's rows or columns lie in front of the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TapsBefore(int origin, int window, int dilation, int end) =>
        Math.Min(window, dilation == 1 ? end - origin : (end - origin + dilation - 1) / dilation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Positions(int length, int before, int after, int span, int stride)
    {
        var room = length + before + after - span;
        var whole = (room / stride) + 1;
        return CeilMode && room % stride != 0 && whole * stride < length + before ? whole + 1 : whole;
    }

    private void Require(int length, long expected, string name)
    {
        if (length != expected)
            throw new ArgumentException($"{expected} values were expected, got {length}, for {this}.", name);
    }
}
