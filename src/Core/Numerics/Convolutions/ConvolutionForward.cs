using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// y[oy, ox, :] = start + sum over ky of x[oy * stride + ky, (ox * stride .. + windowWidth), :] * filters[ky]: for each output row a
/// product of matrices whose left one, [outputWidth, windowWidth * channels] for each ky, is the padded image read in place. Its rows
/// overlap.
/// </summary>
internal unsafe struct ConvolutionForward<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    // Rows of filters used at a time: 512 rows of a panel, 64 KB, are read again and again by the tiles of a band.
    private const int MostDepth = 512;

    // Filters from 8 MB on, read in place by every band, lie on more pages than the processor keeps translations for. So many pixels are
    // worth a copy, which the thread keeps room for.
    private const int LargeFilters = 1 << 21;
    private const int ManyPixels = 96;

    private ConvolutionBands bands = new(operands.Window);
    private int bandBlocks, panelBlocks;

    public void Run()
    {
        if (!operands.KeptFilters && PaysToPack)
            PackFilters();
        panelBlocks = 1;
        if (BlockRunner.IsShared(operands.Operations))
            Share(BlockRunner.Threads);
        bandBlocks = Math.Min(bands.Count, BlockRunner.MaxBlocks / panelBlocks);
        BlockRunner.Run(ref this, bandBlocks * panelBlocks, operands.Operations);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (panelBlock, bandBlock) = Math.DivRem(block, bandBlocks);
        var (band, endBand) = BlockRunner.Part(bands.Count, bandBlock, bandBlocks);
        var panels = BlockRunner.Part(Panels, panelBlock, panelBlocks);
        for (; band < endBand; band++)
        {
            var (image, first, end) = bands[band];
            var x = bands.Rows<TVector>(operands.Images, image, first, end);
            if (operands.Window.HasWholeRows)
                Multiply(x, operands.OutputRow(image, first), end - first, panels);
            else
                MultiplyTaps(x, operands.OutputRow(image, first), end - first);
        }
    }

    private readonly int Panels => MatrixProductTile<TVector>.Panels(operands.Filters);

    private readonly bool PaysToPack => operands.Window.HasWholeRows && operands.Window.PatchSize * operands.Filters >= LargeFilters
        && operands.Window.Images * operands.Window.OutputPixels >= ManyPixels;

    private void PackFilters()
    {
        int depth = operands.Window.PatchSize, filters = operands.Filters;
        var packed = ScratchBuffer.Panels.AtLeast(MatrixProductPacking<TVector>.Size(depth, filters));
        new MatrixProductPacking<TVector>(operands.FilterMatrix, filters, transposed: false, depth, filters, packed).Run();
        operands.FilterMatrix = packed;
        operands.KeptFilters = true;
    }

    /// <summary>
    /// About the same number of bands for each thread. Where there are fewer bands than threads, threads share the filters, if there are
    /// several panels of them.
    /// </summary>
    private void Share(int threads)
    {
        if (operands.Window.HasWholeRows && bands.Count < threads)
            panelBlocks = Math.Min(Panels, (threads + bands.Count - 1) / bands.Count);
        if (panelBlocks > 1)
            return;
        var even = (bands.Count + threads - 1) / threads * threads;
        bands = new ConvolutionBands(operands.Window, (even + operands.Window.Images - 1) / operands.Window.Images);
    }

    private readonly void Multiply(float* x, float* y, int rows, (int First, int End) panels)
    {
        var window = operands.Window;
        var depth = window.WindowWidth * window.Channels;
        var runsTogether = Math.Clamp(MostDepth / depth, 1, window.WindowHeight);
        for (var run = 0; run < window.WindowHeight; run += runsTogether)
        {
            var runs = Math.Min(runsTogether, window.WindowHeight - run);
            var isLast = run + runs == window.WindowHeight;
            var tile = new TileOperands
            {
                Depth = runs * depth,
                RunDepth = depth,
                ARow = (nint)window.Stride.Width * window.Channels,
                ADepth = 1,
                ARun = (nint)window.Dilation.Height * bands.RowLength,
                BDepth = operands.KeptFilters ? MatrixProductTile<TVector>.Columns : operands.Filters,
                CRow = operands.Filters,
                StartRow = run == 0 ? 0 : operands.Filters,
                Floor = operands.Relu && isLast ? 0 : float.NegativeInfinity,
            };
            var a = x + (run * tile.ARun);
            for (var panel = panels.First; panel < panels.End; panel++)
            {
                var column = panel * MatrixProductTile<TVector>.Columns;
                var columns = Math.Min(MatrixProductTile<TVector>.Columns, operands.Filters - column);
                var b = operands.FilterMatrix + (operands.KeptFilters ? (nint)column * window.PatchSize : column)
                    + ((nint)run * depth * tile.BDepth);
                MultiplyPanel(&tile, column, columns, rows, a, b, y + column, continues: run > 0);
            }
        }
    }

    /// <summary>
    /// As <see cref="Multiply"/>, with a run of the product for every pixel of a window's row: the channels of a group, which are not all
    /// that lie between two pixels.
    /// </summary>
    private readonly void MultiplyTaps(float* x, float* y, int rows)
    {
        var window = operands.Window;
        int inputs = window.GroupChannels, outputs = operands.Filters / window.Groups;
        for (var ky = 0; ky < window.WindowHeight; ky++)
        {
            var tile = new TileOperands
            {
                Depth = window.WindowWidth * inputs,
                RunDepth = inputs,
                ARow = (nint)window.Stride.Width * window.Channels,
                ADepth = 1,
                ARun = (nint)window.Dilation.Width * window.Channels,
                BDepth = operands.Filters,
                CRow = operands.Filters,
                StartRow = ky == 0 ? 0 : operands.Filters,
                Floor = operands.Relu && ky == window.WindowHeight - 1 ? 0 : float.NegativeInfinity,
            };
            var a = x + ((nint)ky * window.Dilation.Height * bands.RowLength);
            var b = operands.FilterMatrix + ((nint)ky * window.WindowWidth * inputs * operands.Filters);
            for (var group = 0; group < window.Groups; group++, a += inputs)
                for (var column = 0; column < outputs; column += MatrixProductTile<TVector>.Columns)
                {
                    var columns = Math.Min(MatrixProductTile<TVector>.Columns, outputs - column);
                    var filter = (group * outputs) + column;
                    MultiplyPanel(&tile, filter, columns, rows, a, b + filter, y + filter, continues: ky > 0);
                }
        }
    }

    /// <summary>One panel of filters with all rows of the band.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void MultiplyPanel(
        TileOperands* tile, int column, int columns, int rows, float* a, float* b, float* c, bool continues)
    {
        var bias = operands.Bias == null ? null : operands.Bias + column;
        var width = operands.Window.OutputWidth;
        nint nextA = (nint)operands.Window.Stride.Height * bands.RowLength, nextC = (nint)width * operands.Filters;
        for (; rows > 0; rows--, a += nextA, c += nextC)
            MatrixProductBlocks<TVector>.ComputePanel(tile, width, columns, a, b, c, continues ? c : bias);
    }
}
