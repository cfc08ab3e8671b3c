using System.Globalization;
using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>Pixels around an image, side by side in the order of ONNX. A single number is all four: <c>Padding = 1</c>.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Left">Columns to the left.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Right">Columns to the right.</param>
/// <example>
/// <code>
/// Shape picture = Shape.Image(height: 28, width: 28, channels: 1);
/// Padding2D same = Padding2D.Same(picture, window: 3, stride: 2);
/// Console.WriteLine(same);   // 0,0,1,1
/// var convolution = new Conv2DDefinition(8) { Stride = 2, Padding = same };
/// Console.WriteLine(convolution.OutputShape(picture));   // 14x14x8
/// </code>
/// </example>
public readonly record struct Padding2D(int Top, int Left, int Bottom, int Right)
{
    /// <summary>Whether it is as wide on every side.</summary>
    internal bool IsUniform => Left == Top && Bottom == Top && Right == Top;

    /// <summary>As much on every side.</summary>
    /// <param name="allSides">Pixels on each.</param>
    /// <returns>The padding.</returns>
    public static implicit operator Padding2D(int allSides) => new(allSides, allSides, allSides, allSides);

    /// <summary>
    /// What Keras and TensorFlow call "same", and ONNX SAME_UPPER: the output has 1 / stride of the input's height and width, rounded up.
    /// Where the padding is odd, the pixel more is below and to the right.
    /// </summary>
    /// <param name="input">The shape in front of the layer.</param>
    /// <param name="window">The layer's window; positive. With a dilation: (window - 1) * dilation + 1.</param>
    /// <param name="stride">The layer's stride; positive.</param>
    /// <returns>The padding.</returns>
    /// <exception cref="ArgumentException">A size is not positive.</exception>
    public static Padding2D Same(Shape input, Size2D window, Size2D stride)
    {
        Require.Positive(window, nameof(window));
        Require.Positive(stride, nameof(stride));
        var down = Missing(input.Height, window.Height, stride.Height);
        var across = Missing(input.Width, window.Width, stride.Width);
        return new Padding2D(down / 2, across / 2, down - (down / 2), across - (across / 2));
    }

    /// <summary>"1" for the same on every side, else "0,1,0,1".</summary>
    /// <returns>The four numbers.</returns>
    public override string ToString() => IsUniform
        ? Top.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Top},{Left},{Bottom},{Right}");

    private static int Missing(int length, int window, int stride) =>
        Math.Max(0, checked((((length - 1) / stride * stride) + window) - length));
}
