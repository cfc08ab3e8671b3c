using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Square tiles over images stored channels last, two pixels apart both ways, one for every 2 x 2 outputs of a convolution, numbered
/// through all images: the 4 x 4 pixels under the four windows, or the 2 x 2 outputs themselves.
/// </summary>
internal readonly unsafe struct WinogradTiles
{
    /// <summary>Pixels of the largest tile.</summary>
    public const int MostPixels = 4 * Step * Step;

    private const int Step = 2;

    private readonly int height, width, padding, side, down, across;

    private WinogradTiles(SlidingWindow window, int height, int width, int channels, int padding, int side)
    {
        (this.height, this.width, this.padding, this.side) = (height, width, padding, side);
        down = (window.OutputHeight + Step - 1) / Step;
        across = (window.OutputWidth + Step - 1) / Step;
        Channels = channels;
        Count = window.Images * down * across;
    }

    /// <summary>The pixels under the windows.</summary>
    public static WinogradTiles OfImages(SlidingWindow window) =>
        new(window, window.Height, window.Width, window.Channels, window.Padding.Top, 2 * Step);

    /// <summary>The outputs.</summary>
    public static WinogradTiles OfOutputs(SlidingWindow window, int filters) =>
        new(window, window.OutputHeight, window.OutputWidth, filters, 0, Step);

    public int Count { get; }

    public int Channels { get; }

    private nint ImageRow => (nint)width * Channels;

    /// <summary>Whether all of a tile lies within its image, and where.</summary>
    /// <param name="images">First value of the first image.</param>
    /// <param name="index">Number of the tile.</param>
    /// <param name="tile">The tile if so.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsInner(float* images, int index, out InnerTile tile)
    {
        var first = Locate(images, index, out var y, out var x);
        tile = new InnerTile(first, ImageRow, Channels);
        return y >= 0 && y + side <= height && x >= 0 && x + side <= width;
    }

    /// <summary>A tile that is not <see cref="IsInner"/>.</summary>
    /// <param name="images">First value of the first image.</param>
    /// <param name="index">Number of the tile.</param>
    /// <param name="outside">What to read, or to overwrite, in place of pixels outside of the image.</param>
    /// <param name="pixels">Memory for <see cref="MostPixels"/> pixels of the tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public BorderTile Border(float* images, int index, float* outside, float** pixels)
    {
        var row = Locate(images, index, out var firstY, out var firstX);
        var pixel = pixels;
        for (var y = firstY; y < firstY + side; y++, row += ImageRow)
        {
            var isInside = (uint)y < (uint)height;
            for (var x = 0; x < side; x++)
                *pixel++ = isInside && (uint)(firstX + x) < (uint)width ? row + ((nint)x * Channels) : outside;
        }

        return new BorderTile(pixels, side);
    }

    /// <summary>About where the pixels lie that tiles [first, end) have and those before them have not.</summary>
    public AddressRange Memory(float* images, int first, int end)
    {
        // An image in equal shares, from the lowest row of its first tiles on.
        var share = (double)height * ImageRow / (down * across);
        var low = images + ((side - Step - padding) * ImageRow);
        return new AddressRange((nint)(low + (nint)(first * share)), (nint)(low + (nint)(end * share)));
    }

    /// <summary>The first value of a tile, which padding may put outside of the image, and its place in the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Locate(float* images, int index, out int y, out int x)
    {
        var (image, inImage) = Math.DivRem(index, down * across);
        var (tileY, tileX) = Math.DivRem(inImage, across);
        (y, x) = ((Step * tileY) - padding, (Step * tileX) - padding);
        return images + (((((nint)image * height) + y) * width + x) * Channels);
    }
}
