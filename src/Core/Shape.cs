using System.Globalization;
using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// The shape of one example: a vector of <see cref="Channels"/> values, or an image of <see cref="Height"/> x <see cref="Width"/> pixels
/// with <see cref="Channels"/> values each. Values are stored channels last: all channels of a pixel lie side by side.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Network = NeuralNetworks.SmallCnn([8]),
///     ImageShape = Shape.Image(height: 8, width: 8, channels: 1),
///     Epochs = 1,
/// });
/// Console.WriteLine(trainer.Fit(pictures).Model.InputShape);   // 8x8x1
/// </code>
/// </example>
public readonly record struct Shape
{
    private Shape(int height, int width, int channels)
    {
        Height = Require.Positive(height, nameof(height));
        Width = Require.Positive(width, nameof(width));
        Channels = Require.Positive(channels, nameof(channels));
        var size = (Int128)height * width * channels;
        if (size > Array.MaxLength)
            throw new ArgumentException(
                $"A shape of {height}x{width}x{channels} has {size} values, more than the {Array.MaxLength} that an array can hold.");
    }

    /// <summary>Rows of pixels; 1 for a vector.</summary>
    public int Height { get; }

    /// <summary>Pixels in a row; 1 for a vector.</summary>
    public int Width { get; }

    /// <summary>Values per pixel, or the length of a vector.</summary>
    public int Channels { get; }

    /// <summary>Number of pixels; 1 for a vector.</summary>
    public int Pixels => Height * Width;

    /// <summary>Number of values in one example.</summary>
    public int Size => Pixels * Channels;

    /// <summary>A vector of <paramref name="length"/> values.</summary>
    /// <param name="length">Positive.</param>
    /// <returns>The shape 1 x 1 x <paramref name="length"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="length"/> is not positive, or larger than an array can be.</exception>
    public static Shape Vector(int length) => new(1, 1, length);

    /// <summary>An image.</summary>
    /// <param name="height">Rows of pixels; positive.</param>
    /// <param name="width">Pixels in a row; positive.</param>
    /// <param name="channels">Values per pixel; positive.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="ArgumentException">A dimension is not positive, or the image has more values than an array can hold.</exception>
    public static Shape Image(int height, int width, int channels) => new(height, width, channels);

    /// <summary>"64" for a vector, "8x8x1" for an image.</summary>
    /// <returns>The dimensions.</returns>
    public override string ToString() => Pixels == 1
        ? Channels.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}x{Channels}");
}
