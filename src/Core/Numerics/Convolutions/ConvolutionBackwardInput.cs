using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// dx, the transpose of <see cref="ConvolutionForward{TVector}"/>. With a stride of 1 and a square window it is a convolution itself: of
/// dy, with filters turned by 180 degrees whose channels and filters have changed places. Otherwise dx = the sum of the patches
/// dy * filters^T at the pixels they came from, group by group; one block is one image then, because patches overlap.
/// </summary>
internal unsafe struct ConvolutionBackwardInput<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    // Values of the patches that are scattered at a time: 128 KB, which stays in the second-level cache in between.
    private const int PatchElements = 1 << 15;
    private const int LeastPixels = 12;
    private const int MostPixels = 512;

    private readonly int blocks = Math.Min(operands.Window.Images, BlockRunner.MaxBlocks);
    private readonly int pixelsTogether = Math.Clamp(PatchElements / operands.Window.PatchSize, LeastPixels, MostPixels);
    private float* filters;

    public void Run()
    {
        if (IsConvolution)
            RunAsConvolution();
        else
            RunAsScatter();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (image, end) = BlockRunner.Part(operands.Window.Images, block, blocks);
        for (; image < end; image++)
            AddImage(image);
    }

    // As a convolution the lanes are channels. Patches have as many for each pixel of the window: they fill the two vectors of a tile,
    // which few channels do not.
    private readonly bool IsConvolution
    {
        get
        {
            var window = operands.Window;
            var lanes = (window.Channels + TVector.Count - 1) / TVector.Count * TVector.Count;
            var fillsTiles = window.Channels > TVector.Count && 2 * lanes <= 3 * window.Channels;
            return window.Stride == 1 && window.WindowHeight == window.WindowWidth && window.Dilation == 1 && window.Groups == 1
                && window.Padding.IsUniform && window.Padding.Top < window.WindowHeight
                && (fillsTiles || Winograd.Pays(Turned, window.Channels));
        }
    }

    /// <summary>The window of the convolution of dy.</summary>
    private readonly SlidingWindow Turned
    {
        get
        {
            var window = operands.Window;
            return window with
            {
                Height = window.OutputHeight,
                Width = window.OutputWidth,
                Channels = operands.Filters,
                Padding = window.WindowHeight - 1 - window.Padding.Top,
            };
        }
    }

    private readonly void RunAsConvolution()
    {
        var channels = operands.Window.Channels;
        var inPanels = !Winograd.Pays(Turned, channels);
        var turned = new TurnedFilters<TVector>(operands.Window, operands.Filters, operands.FilterMatrix).Copy(inPanels);
        Convolution.RunForward<TVector>(new ConvolutionOperands(Turned, channels, operands.Outputs, turned, operands.Images)
        {
            KeptFilters = inPanels,
        });
    }

    private void RunAsScatter()
    {
        var size = GroupSize;
        filters = ScratchBuffer.Panels.AtLeast(operands.Window.Groups * size);
        for (var group = 0; group < operands.Window.Groups; group++)
        {
            var from = operands.FilterMatrix + (group * GroupFilters);
            new MatrixProductPacking<TVector>(
                from, operands.Filters, transposed: true, GroupFilters, operands.Window.PatchSize, filters + ((nint)group * size)).Run();
        }

        BlockRunner.Run(ref this, blocks, operands.Operations);
    }

    private readonly int GroupFilters => operands.Filters / operands.Window.Groups;

    // Values of the packed filters of a group.
    private readonly int GroupSize => MatrixProductPacking<TVector>.Size(GroupFilters, operands.Window.PatchSize);

    private readonly void AddImage(int image)
    {
        var window = operands.Window;
        var dx = operands.Images + ((nint)image * window.ImageSize);
        var dy = operands.OutputRow(image, 0);
        int outputs = GroupFilters, size = GroupSize;
        var patches = ScratchBuffer.Rows.AtLeast(pixelsTogether * window.PatchSize);
        new Span<float>(dx, window.ImageSize).Clear();
        for (int pixel = 0, next; pixel < window.OutputPixels; pixel = next)
        {
            next = Math.Min(window.OutputPixels, pixel + pixelsTogether);
            for (var group = 0; group < window.Groups; group++)
            {
                MatrixProductBlocks<TVector>.RunOnThisThread(new ProductOperands
                {
                    M = next - pixel,
                    K = outputs,
                    N = window.PatchSize,
                    A = dy + ((nint)pixel * operands.Filters) + (group * outputs),
                    ARow = operands.Filters,
                    ADepth = 1,
                    B = filters + ((nint)group * size),
                    BDepth = MatrixProductTile<TVector>.Columns,
                    BPanel = (nint)outputs * MatrixProductTile<TVector>.Columns,
                    C = patches,
                    CRow = window.PatchSize,
                });
                ConvolutionPatches.ScatterAdd<TVector>(window, patches, pixel, next, dx + (group * window.GroupChannels));
            }
        }
    }
}
