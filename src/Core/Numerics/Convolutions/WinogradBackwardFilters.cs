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
            AddProducts(v, dm, next - first, sums, count, continues: first > begin);
        }

        nint tap = (nint)channels * operands.Filters;
        for (nint channel = 0; channel < channels; channel++)
            WinogradTransforms<TVector>.FilterGradients(
                sums.Row((int)channel), sums.Distance, count, pieces[piece] + (channel * operands.Filters) + filter, tap);
    }

    private readonly int Panels => MatrixProductTile<TVector>.Panels(operands.Filters);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly WinogradMatrices TransformOutputGradients(int first, int end, int filter, int count)
    {
        var patch = ScratchBuffer.Result.AtLeast(WinogradMatrices.Size(tilesTogether, count) + outputs.Size);
        var dm = new WinogradMatrices(patch + outputs.Size, tilesTogether, count);
        for (var tile = first; tile < end; tile++)
        {
            var from = outputs.Read(operands.Outputs, tile, patch, out var row);
            WinogradTransforms<TVector>.OutputGradients(
                from + filter, row, operands.Filters, count, dm.Row(tile - first), dm.Distance);
        }

        return dm;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void AddProducts(WinogradMatrices v, WinogradMatrices dm, int tiles, WinogradMatrices sums, int count, bool continues)
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
            MatrixProductBlocks<TVector>.ComputePanels(
                &tile, operands.Window.Channels, count, v[i], dm[i], sums[i], continues ? sums[i] : null);
    }
}
