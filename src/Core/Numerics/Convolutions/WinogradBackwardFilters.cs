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
    private readonly int tilesTogether = Winograd.TilesTogether(operands.Window.Channels, operands.Filters);
    private ConvolutionPieces pieces;

    public void Run()
    {
        pieces = new ConvolutionPieces(operands, (pixels.Count + tilesTogether - 1) / tilesTogether);
        BlockRunner.Run(ref this, pieces.Count, operands.Operations);
        pieces.Add<TVector>(operands.FilterMatrix);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int block)
    {
        int channels = operands.Window.Channels, size = WinogradMatrices.Size(channels, operands.Filters);
        var memory = ScratchBuffer.Filters.AtLeast(size);
        var sums = new WinogradMatrices(memory, channels, operands.Filters);
        new Span<float>(memory, size).Clear();
        var (first, end) = BlockRunner.Part(pixels.Count, block, pieces.Count);
        for (int next; first < end; first = next)
        {
            next = Math.Min(end, first + tilesTogether);
            var v = Winograd.TransformPixels<TVector>(pixels, operands.Images, first, next, tilesTogether);
            var dm = TransformOutputGradients(first, next);
            AddProducts(v, dm, next - first, sums);
        }

        WinogradTransforms<TVector>.FilterGradients(sums[0], sums.Distance, (nint)channels * operands.Filters, pieces[block]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly WinogradMatrices TransformOutputGradients(int first, int end)
    {
        var patch = ScratchBuffer.Result.AtLeast(WinogradMatrices.Size(tilesTogether, operands.Filters) + outputs.Size);
        var dm = new WinogradMatrices(patch + outputs.Size, tilesTogether, operands.Filters);
        for (var tile = first; tile < end; tile++)
        {
            var from = outputs.Read(operands.Outputs, tile, patch, out var row);
            WinogradTransforms<TVector>.OutputGradients(from, row, operands.Filters, dm.Row(tile - first), dm.Distance);
        }

        return dm;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void AddProducts(WinogradMatrices v, WinogradMatrices dm, int tiles, WinogradMatrices sums)
    {
        var tile = new TileOperands
        {
            Depth = tiles,
            Runs = 1,
            ARow = 1,
            ADepth = operands.Window.Channels,
            BDepth = operands.Filters,
            CRow = operands.Filters,
            StartRow = operands.Filters,
            Floor = float.NegativeInfinity,
        };
        for (var i = 0; i < WinogradMatrices.Count; i++)
            MatrixProductBlocks<TVector>.ComputePanels(
                &tile, operands.Window.Channels, operands.Filters, v[i], dm[i], sums[i], sums[i]);
    }
}
