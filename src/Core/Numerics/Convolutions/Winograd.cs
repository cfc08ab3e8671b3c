using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>What the passes of a convolution by <see cref="WinogradTransforms{TVector}"/> have in common.</summary>
internal static unsafe class Winograd
{
    // Values of all matrices of one block of tiles: 384 KB stay in the second-level cache between transforms and products.
    private const int BlockElements = 96 << 10;

    // Rows of the largest register tile.
    private const int TileRows = 12;

    // With fewer the gradient of 128 x 128 filters is read and written too often for what is added to it.
    private const int LeastTiles = 48;
    private const int MostTiles = 120;

    // Transformed filters of 256 KB stay in the second-level cache beside a block of tiles.
    private const int NearFilters = 64 << 10;

    // One vector of the widest registers.
    private const int LeastChannels = 16;

    // 7 x 7.
    private const int LeastPixels = 49;

    /// <summary>
    /// Whether to convolve so: the same for every number of images, because the rounding differs. Measured with 16 to 256 channels and
    /// filters, one image: 2 x 2 to 5 x 5 outputs take up to four times as long, 7 x 7 about as long and 8 x 8 or more mostly 0.5 to 0.8
    /// of the time of the direct way; in batches 7 x 7 take 0.7 of it.
    /// </summary>
    public static bool Pays(SlidingWindow window, int filters) =>
        window is { WindowHeight: 3, WindowWidth: 3, Channels: >= LeastChannels, OutputPixels: >= LeastPixels }
        && filters >= LeastChannels && window.Stride == 1 && window.Dilation == 1 && window.Groups == 1
        && window.Padding is { IsUniform: true, Top: < 3 };

    /// <summary>
    /// The first filter of a panel as wide as a register tile; of the one behind the last, the number of filters. The last panel has at
    /// least a vector of filters, for which the one before is narrower.
    /// </summary>
    public static int FirstOf<TVector>(int panel, int filters)
        where TVector : struct, ISimd<TVector> => panel == MatrixProductTile<TVector>.Panels(filters)
            ? filters
            : Math.Min(panel * MatrixProductTile<TVector>.Columns, filters - TVector.Count);

    /// <summary>Number of tiles in one block.</summary>
    public static int TilesTogether(int channels, int filters)
    {
        var fitting = BlockElements / (WinogradMatrices.Count * (channels + filters));
        return Math.Clamp(fitting - (fitting % TileRows), LeastTiles, MostTiles);
    }

    /// <summary>
    /// Number of tiles whose products are computed at once: two register tiles, of which most stays in the first-level cache, unless each
    /// block would have to get the filters from further away.
    /// </summary>
    public static int TilesOfProducts(int channels, int filters) => WinogradMatrices.Count * channels * filters <= NearFilters
        ? 2 * TileRows
        : TilesTogether(channels, filters);

    /// <summary>
    /// Number of tiles that are added to the gradients of filters at once: these are read and written for each block, so that many filters
    /// need blocks as large as themselves.
    /// </summary>
    public static int TilesOfSums(int channels, int filters)
    {
        var balanced = (int)((long)channels * filters / (channels + filters));
        return Math.Max(TilesTogether(channels, filters), Math.Min(balanced, MostTiles));
    }

    /// <summary>The matrices of tiles [first, end) of the images; they hold until the next call on this thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static WinogradMatrices TransformPixels<TVector>(WinogradTiles tiles, float* images, int first, int end, int tilesTogether)
        where TVector : struct, ISimd<TVector>
    {
        var size = WinogradMatrices.Size(tilesTogether, tiles.Channels);
        var memory = ScratchBuffer.Rows.AtLeast(size + tiles.Channels);
        var v = new WinogradMatrices(memory, tilesTogether, tiles.Channels);
        var zeros = memory + size;
        new Span<float>(zeros, tiles.Channels).Clear();
        var pixels = stackalloc float*[WinogradTiles.MostPixels];
        for (var tile = first; tile < end; tile++)
        {
            var to = v.Row(tile - first);
            if (tiles.IsInner(images, tile, out var inner))
                WinogradTransforms<TVector>.Pixels(inner, tiles.Channels, to, v.Distance);
            else
                WinogradTransforms<TVector>.Pixels(tiles.Border(images, tile, zeros, pixels), tiles.Channels, to, v.Distance);
        }

        return v;
    }
}
