using System.Globalization;

namespace MLNet.BatchNorm;

/// <summary>
/// A number of pixels down and a number across, as of a window, a stride or a dilation. A single number is both: <c>Stride = 2</c>.
/// </summary>
/// <param name="Height">Down.</param>
/// <param name="Width">Across.</param>
/// <example>
/// <code>
/// // Sequences of 100 steps with 8 values each are images of one row.
/// var pool = new MaxPool2DDefinition(new Size2D(Height: 1, Width: 4));
/// Console.WriteLine(pool.Size);   // 1x4
/// Console.WriteLine(pool.OutputShape(Shape.Image(height: 1, width: 100, channels: 8)));   // 1x25x8
/// </code>
/// </example>
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>The same both ways.</summary>
    /// <param name="both">Down and across.</param>
    /// <returns>The size.</returns>
    public static implicit operator Size2D(int both) => new(both, both);

    /// <summary>"3x2".</summary>
    /// <returns>Height and width.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}");
}
