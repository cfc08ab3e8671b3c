using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// y = x convolved with 3 x 3 filters by <see cref="WinogradTransforms{TVector}"/>: the filters are transformed once, unless they are kept
/// so, then blocks of tiles one after the other, whose 16 matrices of pixels and of products stay in the second-level cache.
/// </summary>
internal unsafe struct WinogradForward<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    // Tiles that a block should have: two register tiles.
    private const int LeastTilesWhenShared = 24;

    // Blocks that a thread should have: more would have a larger part of tiles that nobody has asked for ahead of time.
    private const int EnoughForThread = 8;

    private readonly WinogradTiles pixels = WinogradTiles.OfImages(operands.Window);
    private readonly WinogradTiles outputs = WinogradTiles.OfOutputs(operands.Window, operands.Filters);
    private readonly int tilesTogether = Winograd.TilesOfProducts(operands.Window.Channels, operands.Filters);
    private int tileBlocks, panelBlocks;
    private WinogradFilters<TVector> filters;

    public void Run()
    {
        var channels = operands.Window.Channels;
        var transformed = operands.KeptFilters
            ? operands.FilterMatrix
            : ScratchBuffer.Filters.AtLeast(WinogradMatrices.Size(channels, operands.Filters));
        filters = new WinogradFilters<TVector>(channels, operands.Filters, transformed);
        if (!operands.KeptFilters)
            filters.Transform(operands.FilterMatrix);
        (tileBlocks, panelBlocks) = Blocks();
        BlockRunner.Run(ref this, tileBlocks * panelBlocks, operands.Operations);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (panelBlock, tileBlock) = Math.DivRem(block, tileBlocks);
        var (begin, end) = BlockRunner.Part(pixels.Count, tileBlock, tileBlocks);
        var groups = (end - begin + tilesTogether - 1) / tilesTogether;
        var panels = BlockRunner.Part(filters.Panels, panelBlock, panelBlocks);
        var size = WinogradMatrices.Size(tilesTogether, operands.Filters);
        var memory = ScratchBuffer.Result.AtLeast(size + operands.Filters);
        var products = new WinogradMatrices(memory, tilesTogether, operands.Filters);
        for (var group = 0; group < groups; group++)
        {
            var (first, next) = BlockRunner.Part(end - begin, group, groups);
            (first, next) = (begin + first, begin + next);
            var v = Winograd.TransformPixels<TVector>(pixels, operands.Images, first, next, tilesTogether);
            Multiply(v, products, next - first, panels, Prefetch(first, next, end, panels.End - panels.First));
            TransformProducts(products, first, next, filters.FirstOf(panels.First), filters.FirstOf(panels.End), outside: memory + size);
        }
    }

    /// <summary>
    /// The same number of blocks for each thread. Where an image has too few tiles for all of them, they share the filters.
    /// </summary>
    private readonly (int Tiles, int Panels) Blocks()
    {
        if (!BlockRunner.IsShared(operands.Operations))
            return (1, 1);
        var threads = BlockRunner.Threads;
        var tiles = Winograd.TilesTogether(operands.Window.Channels, operands.Filters);
        var blocks = Math.Min((pixels.Count + tiles - 1) / tiles, threads * EnoughForThread);
        var even = (blocks + threads - 1) / threads * threads;
        return pixels.Count >= even * LeastTilesWhenShared
            ? (Math.Min(even, BlockRunner.MaxBlocks), 1)
            : (blocks, Math.Min((threads + blocks - 1) / blocks, filters.Panels));
    }

    /// <summary>For the pixels of the tiles behind these and for the outputs of these, unless threads share the filters.</summary>
    private readonly WinogradPrefetch Prefetch(int first, int next, int end, int panels) => panels < filters.Panels || !Simd.CanPrefetch
        ? default
        : new WinogradPrefetch(
            pixels.Memory(operands.Images, next, Math.Min(end, next + tilesTogether)),
            outputs.Memory(operands.Outputs, first, next), WinogradMatrices.Count * panels);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(
        WinogradMatrices v, WinogradMatrices products, int tiles, (int First, int End) panels, WinogradPrefetch prefetch)
    {
        var tile = new TileOperands
        {
            Depth = operands.Window.Channels,
            RunDepth = operands.Window.Channels,
            ARow = operands.Window.Channels,
            ADepth = 1,
            CRow = operands.Filters,
            Floor = float.NegativeInfinity,
        };
        for (var i = 0; i < WinogradMatrices.Count; i++)
            for (var panel = panels.First; panel < panels.End; panel++)
            {
                var first = filters.FirstOf(panel);
                var columns = filters.FirstOf(panel + 1) - first;
                tile.BDepth = columns;
                MatrixProductBlocks<TVector>.ComputePanel(&tile, tiles, columns, v[i], filters.From(i, first), products[i] + first, null);
                prefetch.Step();
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TransformProducts(WinogradMatrices products, int first, int end, int filter, int endFilter, float* outside)
    {
        var floor = operands.Relu ? 0 : float.NegativeInfinity;
        var bias = operands.Bias == null ? null : operands.Bias + filter;
        var pixels = stackalloc float*[WinogradTiles.MostPixels];
        for (var tile = first; tile < end; tile++)
        {
            var from = products.Row(tile - first) + filter;
            var to = operands.Outputs + filter;
            if (outputs.IsInner(to, tile, out var inner))
                WinogradTransforms<TVector>.Outputs(from, products.Distance, endFilter - filter, bias, floor, inner);
            else
                WinogradTransforms<TVector>.Outputs(
                    from, products.Distance, endFilter - filter, bias, floor, outputs.Border(to, tile, outside, pixels));
        }
    }
}
