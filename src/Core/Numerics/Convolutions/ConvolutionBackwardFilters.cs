using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// dFilters[ky] = sum over output rows oy of x[oy * stride + ky]^T * dy[oy], where x is the padded image read in place as in
/// <see cref="ConvolutionForward{TVector}"/>: [windowWidth * channels, outputWidth] times [outputWidth, filters]. The sums run over all
/// rows, in <see cref="ConvolutionPieces"/>.
/// </summary>
internal unsafe struct ConvolutionBackwardFilters<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    // Output pixels that all tiles use before the next: dy of 128 pixels and 32 filters is 16 KB, half of the first-level cache.
    private const int PixelsTogether = 128;

    private readonly ConvolutionBands bands = new(operands.Window);
    private ConvolutionPieces pieces;
    private int parts;

    public void Run()
    {
        var panelWidth = operands.Window.HasWholeRows ? MatrixProductTile<TVector>.Columns : operands.Filters;
        pieces = new ConvolutionPieces(operands, bands.Count, panelWidth);
        parts = operands.Window.HasWholeRows ? pieces.PartsToShare(Panels, operands.Operations) : 1;
        BlockRunner.Run(ref this, pieces.Count * parts, operands.Operations);
        pieces.Add<TVector>(operands.FilterMatrix);
    }

    private readonly int Panels => MatrixProductTile<TVector>.Panels(operands.Filters);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (piece, part) = Math.DivRem(block, parts);
        var (begin, endBand) = BlockRunner.Part(bands.Count, piece, pieces.Count);
        var rowsTogether = Math.Max(1, PixelsTogether / operands.Window.OutputWidth);
        if (begin == endBand)
            pieces.Clear(piece);
        for (var band = begin; band < endBand; band++)
        {
            var (image, first, end) = bands[band];
            var x = bands.Rows<TVector>(operands.Images, image, first, end);
            for (int row = first, next; row < end; row = next)
            {
                next = Math.Min(end, row + rowsTogether);
                var rows = x + ((nint)(row - first) * operands.Window.Stride.Height * bands.RowLength);
                var continues = band > begin || row > first;
                AddRows(rows, operands.OutputRow(image, row), next - row, pieces[piece], part, continues);
            }
        }
    }

    private readonly void AddRows(float* x, float* dy, int rows, float* sum, int part, bool continues)
    {
        var window = operands.Window;
        var tile = new TileOperands
        {
            Depth = rows * window.OutputWidth,
            RunDepth = window.OutputWidth,
            ARow = 1,
            ADepth = (nint)window.Stride.Width * window.Channels,
            ARun = (nint)window.Stride.Height * bands.RowLength,
            BDepth = operands.Filters,
            Floor = float.NegativeInfinity,
        };
        var panels = BlockRunner.Part(Panels, part, parts);
        for (var ky = 0; ky < window.WindowHeight; ky++, x += (nint)window.Dilation.Height * bands.RowLength)
            if (window.HasWholeRows)
                AddPanels(&tile, x, dy, sum, ky, panels, continues);
            else
                AddTaps(&tile, x, dy, sum, ky, continues);
    }

    /// <summary>One row of the window, panel by panel of filters.</summary>
    private readonly void AddPanels(
        TileOperands* tile, float* x, float* dy, float* sum, int ky, (int First, int End) panels, bool continues)
    {
        var window = operands.Window;
        var patchRow = window.WindowWidth * window.Channels;
        for (var panel = panels.First; panel < panels.End; panel++)
        {
            var filter = panel * MatrixProductTile<TVector>.Columns;
            var columns = Math.Min(MatrixProductTile<TVector>.Columns, operands.Filters - filter);
            tile->CRow = tile->StartRow = columns;
            var to = sum + ((nint)filter * window.PatchSize) + ((nint)ky * patchRow * columns);
            MatrixProductBlocks<TVector>.ComputePanel(tile, patchRow, columns, x, dy + filter, to, continues ? to : null);
        }
    }

    /// <summary>One row of the window, pixel by pixel and group by group.</summary>
    private readonly void AddTaps(TileOperands* tile, float* x, float* dy, float* sum, int ky, bool continues)
    {
        var window = operands.Window;
        int inputs = window.GroupChannels, outputs = operands.Filters / window.Groups;
        tile->CRow = tile->StartRow = operands.Filters;
        sum += (nint)ky * window.WindowWidth * inputs * operands.Filters;
        for (var kx = 0; kx < window.WindowWidth; kx++, sum += (nint)inputs * operands.Filters)
        {
            var pixel = x + ((nint)kx * window.Dilation.Width * window.Channels);
            for (var group = 0; group < window.Groups; group++)
            {
                var filter = group * outputs;
                float* from = pixel + (group * inputs), to = sum + filter;
                MatrixProductBlocks<TVector>.ComputePanels(tile, inputs, outputs, from, dy + filter, to, continues ? to : null);
            }
        }
    }
}
