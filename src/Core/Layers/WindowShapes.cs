using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>The windows of convolution and pooling over one image of a shape, checked.</summary>
internal static class WindowShapes
{
    /// <exception cref="ArgumentException">The window does not fit; the message says what would.</exception>
    public static SlidingWindow Over(Shape input, int height, int width, int stride, int padding)
    {
        // Most likely an image whose shape was lost; as one pixel of many channels it would train, and learn little.
        if (input.Pixels == 1 && (height > 1 || width > 1))
            throw new ArgumentException(
                $"A {height}x{width} window needs an image, got a vector of {input.Channels} values. "
                + "Give the input a height and a width, or use a dense layer.");
        if (padding >= Math.Min(height, width))
            throw new ArgumentException(
                $"A padding of {padding} must be smaller than the {height}x{width} window, or some windows would see padding alone.");
        if (height > input.Height + 2L * padding || width > input.Width + 2L * padding)
            throw new ArgumentException(
                $"A {height}x{width} window does not fit into an input {input} with a padding of {padding}. "
                + "Use a smaller window, more padding or fewer layers that shrink the image.");
        var patch = (Int128)height * width * input.Channels;
        if (patch > Array.MaxLength / 2)
            throw new ArgumentException(
                $"A {height}x{width} window over {input.Channels} channels has {patch} values, "
                + $"more than the {Array.MaxLength / 2} that it can have.");
        return new SlidingWindow(1, input.Height, input.Width, input.Channels, height, width) { Stride = stride, Padding = padding };
    }
}
