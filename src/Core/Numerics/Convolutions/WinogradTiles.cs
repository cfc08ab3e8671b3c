using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Square tiles over images stored channels last, two pixels apart both ways, one for every 2 x 2 outputs of a convolution, numbered
/// through all images: the 4 x 4 pixels under the four windows, or the 2 x 2 outputs themselves.
/// </summary>
internal readonly unsafe struct WinogradTiles
{
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

    /// <summary>Values of one tile.</summary>
    public int Size => side * side * Channels;

    private nint ImageRow => (nint)width * Channels;

    private nint PatchRow => (nint)side * Channels;

    /// <summary>A tile where it is, or, if not all of it lies within its image, copied to the patch with zeros around.</summary>
    /// <param name="images">First value of the first image.</param>
    /// <param name="index">Number of the tile.</param>
    /// <param name="patch">Memory for one tile.</param>
    /// <param name="row">Distance between rows of the tile.</param>
    /// <returns>First value of the tile.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float* Read(float* images, int index, float* patch, out nint row)
    {
        var tile = Locate(images, index);
        if (IsWhole(tile))
        {
            row = ImageRow;
            return tile.First;
        }

        row = PatchRow;
        new Span<float>(patch, Size).Clear();
        int skipped = tile.BeginX * Channels, length = (tile.EndX - tile.BeginX) * Channels;
        for (nint y = tile.BeginY; y < tile.EndY; y++)
            new ReadOnlySpan<float>(tile.First + (y * ImageRow) + skipped, length)
                .CopyTo(new Span<float>(patch + (y * PatchRow) + skipped, length));
        return patch;
    }

    /// <summary>
    /// Where to write a tile: where it is, or the patch, from which <see cref="Finish"/> takes what lies within the image.
    /// </summary>
    /// <inheritdoc cref="Read"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float* Target(float* images, int index, float* patch, out nint row)
    {
        var tile = Locate(images, index);
        var isWhole = IsWhole(tile);
        row = isWhole ? ImageRow : PatchRow;
        return isWhole ? tile.First : patch;
    }

    /// <summary>Ends the writing of some channels of a tile whose <see cref="Target"/> was the patch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Finish(float* images, int index, float* patch, int first, int end)
    {
        var tile = Locate(images, index);
        for (nint y = tile.BeginY; y < tile.EndY; y++)
            for (nint x = tile.BeginX; x < tile.EndX; x++)
            {
                var from = patch + (y * PatchRow) + (x * Channels) + first;
                var to = tile.First + (y * ImageRow) + (x * Channels) + first;
                new ReadOnlySpan<float>(from, end - first).CopyTo(new Span<float>(to, end - first));
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Tile Locate(float* images, int index)
    {
        var (image, inImage) = Math.DivRem(index, down * across);
        var (tileY, tileX) = Math.DivRem(inImage, across);
        int y = (Step * tileY) - padding, x = (Step * tileX) - padding;
        var pixel = ((((nint)image * height) + y) * width) + x;
        return new Tile(
            images + (pixel * Channels), Math.Max(0, -y), Math.Min(side, height - y), Math.Max(0, -x), Math.Min(side, width - x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsWhole(Tile tile) => tile.BeginY == 0 && tile.EndY == side && tile.BeginX == 0 && tile.EndX == side;

    /// <summary>The first value, which padding may put outside of the image, and the rows and columns within the image.</summary>
    private readonly struct Tile(float* first, int beginY, int endY, int beginX, int endX)
    {
        public readonly float* First = first;
        public readonly int BeginY = beginY, EndY = endY, BeginX = beginX, EndX = endX;
    }
}
