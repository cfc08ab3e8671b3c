using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>The windows of convolution and pooling over one image of a shape, checked.</summary>
internal static class WindowShapes
{
    // What one layer may have in memory for a window and the rows under it.
    private static readonly int Most = Array.MaxLength / 2;

    /// <exception cref="ArgumentException">The window does not fit; the message says what would.</exception>
    public static SlidingWindow Over(Shape input, Size2D size, Size2D stride, Padding2D padding, Size2D dilation)
    {
        // Most likely an image whose shape was lost; as one pixel of many channels it would train, and learn little.
        if (input.Pixels == 1 && (size.Height > 1 || size.Width > 1))
            throw new WindowDoesNotFitException(
                $"A {size} window needs an image, got a vector of {input.Channels} values. "
                + "Give the input a height and a width, use fewer layers that shrink the image, or a dense layer.");
        long spanHeight = ((size.Height - 1L) * dilation.Height) + 1, spanWidth = ((size.Width - 1L) * dilation.Width) + 1;
        long height = (long)input.Height + padding.Top + padding.Bottom, width = (long)input.Width + padding.Left + padding.Right;
        if (spanHeight > height || spanWidth > width)
            throw new WindowDoesNotFitException(
                $"A {size} window{Dilated(dilation)} does not fit into an input {input} with a padding of {padding}. "
                + "Use a smaller window, more padding or fewer layers that shrink the image.");
        var patch = (Int128)size.Height * size.Width * input.Channels;
        if (patch > Most)
            throw new ArgumentException(
                $"A {size} window over {input.Channels} channels has {patch} values, more than the {Most} that it can have.");
        var padded = padding == 0 ? 0 : Int128.Max((Int128)spanHeight * width, (Int128)spanWidth * height) * input.Channels;
        if (padded > Most)
            throw new ArgumentException(
                $"A padding of {padding} around an input {input} puts {padded} values under a row or column of {size} windows, "
                + $"more than the {Most} that there can be.");
        return new SlidingWindow(1, input.Height, input.Width, input.Channels, size.Height, size.Width)
        {
            Stride = stride,
            Padding = padding,
            Dilation = dilation,
        };
    }

    /// <summary>As <see cref="Over"/>, for pooling, where every window needs a pixel.</summary>
    /// <exception cref="ArgumentException">The window does not fit; the message says what would.</exception>
    public static SlidingWindow OverPixels(Shape input, Size2D size, Size2D stride, Padding2D padding, Size2D dilation)
    {
        var window = Over(input, size, stride, padding, dilation);
        return window.AlwaysSeesPixels
            ? window
            : throw new ArgumentException(
                $"A padding of {padding} must be smaller than the {size} window{Dilated(dilation)}, and where there is one the dilation "
                + "not larger than the image, or some windows would see padding alone.");
    }

    private static string Dilated(Size2D dilation) => dilation == 1 ? "" : $" with a dilation of {dilation}";
}
