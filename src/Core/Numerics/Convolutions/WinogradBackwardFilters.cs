using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// dFilters = G^T du G with du[i] = v[i]^T * dm[i] for each of the 16 matrices of <see cref="WinogradTransforms{TVector}"/>: v = B^T x B
/// and dm = A dy A^T, the transpose of <see cref="WinogradForward{TVector}"/>. The sums run over all tiles, in
/// <see cref="ConvolutionPieces"/>.
/// </summary>
internal unsafe struct WinogradBackwardFilters<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private readonly WinogradTiles pixels = WinogradTiles.OfImages(operands.Window);
    private readonly WinogradTiles outputs = WinogradTiles.OfOutputs(operands.Window, operands.Filters);
    private readonly int tilesTogether = Winograd.TilesOfSums(operands.Window.Channels, operands.Filters);
    private ConvolutionPieces pieces;
    private int parts;

    public void Run()
    {
        var tilesOfPiece = Winograd.TilesTogether(operands.Window.Channels, operands.Filters);
        pieces = new ConvolutionPieces(operands, (pixels.Count + tilesOfPiece - 1) / tilesOfPiece, operands.Filters);
        parts = pieces.PartsToShare(Panels, operands.Operations);
        BlockRunner.Run(ref this, pieces.Count * parts, operands.Operations);
        pieces.Add<TVector>(operands.FilterMatrix);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (piece, part) = Math.DivRem(block, parts);
        var (firstPanel, endPanel) = BlockRunner.Part(Panels, part, parts);
        var filter = Winograd.FirstOf<TVector>(firstPanel, operands.Filters);
        var count = Winograd.FirstOf<TVector>(endPanel, operands.Filters) - filter;
        int channels = operands.Window.Channels, size = WinogradMatrices.Size(channels, count);
        var sums = new WinogradMatrices(ScratchBuffer.Filters.AtLeast(size), channels, count);
        var (begin, end) = BlockRunner.Part(pixels.Count, piece, pieces.Count);
        if (begin == end)
            new Span<float>(sums[0], size).Clear();
        for (int first = begin, next; first < end; first = next)
        {
            next = Math.Min(end, first + tilesTogether);
            var v = Winograd.TransformPixels<TVector>(pixels, operands.Images, first, next, tilesTogether);
            var dm = TransformOutputGradients(first, next, filter, count);
            AddProducts(v, dm, next - first, sums, count, first > begin, Prefetch(next, end, endPanel - firstPanel));
        }

        nint tap = (nint)channels * operands.Filters;
        for (nint channel = 0; channel < channels; channel++)
            WinogradTransforms<TVector>.FilterGradients(
                sums.Row((int)channel), sums.Distance, count, pieces[piece] + (channel * operands.Filters) + filter, tap);
    }

    private readonly int Panels => MatrixProductTile<TVector>.Panels(operands.Filters);

    /// <summary>For the tiles that come next, unless threads share the filters.</summary>
    private readonly WinogradPrefetch Prefetch(int first, int end, int panels)
    {
        if (panels < Panels || !Simd.CanPrefetch)
            return default;
        var next = Math.Min(end, first + tilesTogether);
        return new WinogradPrefetch(
            pixels.Memory(operands.Images, first, next), outputs.Memory(operands.Outputs, first, next), WinogradMatrices.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly WinogradMatrices TransformOutputGradients(int first, int end, int filter, int count)
    {
        var size = WinogradMatrices.Size(tilesTogether, count);
        var memory = ScratchBuffer.Result.AtLeast(size + count);
        var dm = new WinogradMatrices(memory, tilesTogether, count);
        var zeros = memory + size;
        new Span<float>(zeros, count).Clear();
        var pixels = stackalloc float*[WinogradTiles.MostPixels];
        for (var tile = first; tile < end; tile++)
        {
            var from = operands.Outputs + filter;
            var to = dm.Row(tile - first);
            if (outputs.IsInner(from, tile, out var inner))
                WinogradTransforms<TVector>.OutputGradients(inner, count, to, dm.Distance);
            else
                WinogradTransforms<TVector>.OutputGradients(outputs.Border(from, tile, zeros, pixels), count, to, dm.Distance);
        }

        return dm;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void AddProducts(
        WinogradMatrices v, WinogradMatrices dm, int tiles, WinogradMatrices sums, int count, bool continues, WinogradPrefetch prefetch)
    {
        var tile = new TileOperands
        {
            Depth = tiles,
            RunDepth = tiles,
            ARow = 1,
            ADepth = operands.Window.Channels,
            BDepth = count,
            CRow = count,
            StartRow = count,
            Floor = float.NegativeInfinity,
        };
        for (var i = 0; i < WinogradMatrices.Count; i++)
        {
            MatrixProductBlocks<TVector>.ComputePanels(
                &tile, operands.Window.Channels, count, v[i], dm[i], sums[i], continues ? sums[i] : null);
            prefetch.Step();
        }
    }
}
