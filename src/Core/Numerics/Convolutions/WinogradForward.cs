using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// y = x convolved with 3 x 3 filters by <see cref="WinogradTransforms{TVector}"/>: the filters are transformed once, then blocks of tiles
/// one after the other, whose 16 matrices of pixels and of products stay in the second-level cache.
/// </summary>
internal unsafe struct WinogradForward<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private readonly WinogradTiles pixels = WinogradTiles.OfImages(operands.Window);
    private readonly WinogradTiles outputs = WinogradTiles.OfOutputs(operands.Window, operands.Filters);
    private readonly int tilesTogether = Winograd.TilesTogether(operands.Window.Channels, operands.Filters);
    private int blocks;
    private WinogradMatrices filters;

    public void Run()
    {
        int channels = operands.Window.Channels, size = WinogradMatrices.Size(channels, operands.Filters);
        filters = new WinogradMatrices(ScratchBuffer.Filters.AtLeast(size), channels, operands.Filters);
        WinogradTransforms<TVector>.Filters(operands.FilterMatrix, (nint)channels * operands.Filters, filters[0], filters.Distance);
        blocks = Math.Min((pixels.Count + tilesTogether - 1) / tilesTogether, BlockRunner.MaxBlocks);
        BlockRunner.Run(ref this, blocks, operands.Operations);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int block)
    {
        var (first, end) = BlockRunner.Part(pixels.Count, block, blocks);
        var memory = ScratchBuffer.Result.AtLeast(WinogradMatrices.Size(tilesTogether, operands.Filters) + outputs.Size);
        var products = new WinogradMatrices(memory + outputs.Size, tilesTogether, operands.Filters);
        for (int next; first < end; first = next)
        {
            next = Math.Min(end, first + tilesTogether);
            var v = Winograd.TransformPixels<TVector>(pixels, operands.Images, first, next, tilesTogether);
            Multiply(v, products, next - first);
            TransformProducts(products, first, next, patch: memory);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(WinogradMatrices v, WinogradMatrices products, int tiles)
    {
        var tile = new TileOperands
        {
            Depth = operands.Window.Channels,
            Runs = 1,
            ARow = operands.Window.Channels,
            ADepth = 1,
            BDepth = operands.Filters,
            CRow = operands.Filters,
            Floor = float.NegativeInfinity,
        };
        for (var i = 0; i < WinogradMatrices.Count; i++)
            MatrixProductBlocks<TVector>.ComputePanels(&tile, tiles, operands.Filters, v[i], filters[i], products[i], null);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TransformProducts(WinogradMatrices products, int first, int end, float* patch)
    {
        var floor = operands.Relu ? 0 : float.NegativeInfinity;
        for (var tile = first; tile < end; tile++)
        {
            var target = outputs.Target(operands.Outputs, tile, patch, out var row);
            var from = products.Row(tile - first);
            WinogradTransforms<TVector>.Outputs(from, products.Distance, operands.Filters, operands.Bias, floor, target, row);
            if (target == patch)
                outputs.Finish(operands.Outputs, tile, patch);
        }
    }
}
