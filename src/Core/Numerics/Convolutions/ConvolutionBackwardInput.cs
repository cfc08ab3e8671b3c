using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// dx, the transpose of <see cref="ConvolutionForward{TVector}"/>. With a stride of 1 and a square window it is a convolution itself: of
/// dy, with filters turned by 180 degrees whose channels and filters have changed places. Otherwise dx = the sum of the patches
/// dy * filters^T at the pixels they came from, group by group; one block is one image then, because patches overlap, or some channels of
/// it where there are fewer images than threads.
/// </summary>
internal unsafe struct ConvolutionBackwardInput<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    // Values of the patches that are scattered at a time: 128 KB, which stays in the second-level cache in between.
    private const int PatchElements = 1 << 15;
    private const int LeastPixels = 12;
    private const int MostPixels = 512;

    // Narrower slices of a pixel are so near to those of other threads that writing them took twice as long as on one thread.
    private const int LeastSlice = 64;

    private readonly int blocks = Math.Min(operands.Window.Images, BlockRunner.MaxBlocks);
    private readonly int pixelsTogether = Math.Clamp(PatchElements / operands.Window.PatchSize, LeastPixels, MostPixels);
    private float* filters;
    private int slices = 1;   // of the channels

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
        var (slice, imageBlock) = Math.DivRem(block, blocks);
        var (image, end) = BlockRunner.Part(operands.Window.Images, imageBlock, blocks);
        for (; image < end; image++)
            AddImage(image, slice);
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

        slices = Slices;
        BlockRunner.Run(ref this, blocks * slices, operands.Operations);
    }

    // Whole panels of the packed filters, so that a slice of each pixel of the window is a run of them.
    private readonly int Slices
    {
        get
        {
            var window = operands.Window;
            if (window.Images == 0 || window.Groups > 1 || !BlockRunner.IsShared(operands.Operations))
                return 1;
            var count = Math.Min(BlockRunner.Threads / window.Images, window.Channels / LeastSlice);
            while (count > 1 && window.Channels % (count * MatrixProductTile<TVector>.Columns) != 0)
                count--;
            return Math.Max(1, count);
        }
    }

    private readonly int GroupFilters => operands.Filters / operands.Window.Groups;

    // Values of the packed filters of a group.
    private readonly int GroupSize => MatrixProductPacking<TVector>.Size(GroupFilters, operands.Window.PatchSize);

    private readonly void AddImage(int image, int slice)
    {
        // A slice of the channels is like a group for which all filters are.
        var window = operands.Window with { Groups = operands.Window.Groups * slices };
        var taps = slices == 1 ? 1 : window.WindowHeight * window.WindowWidth;
        int outputs = GroupFilters, size = GroupSize, columns = window.PatchSize / taps, channel = slice * window.GroupChannels;
        var dx = operands.Images + ((nint)image * window.ImageSize) + channel;
        var dy = operands.OutputRow(image, 0);
        var patches = ScratchBuffer.Rows.AtLeast(pixelsTogether * window.PatchSize);
        Clear(dx);
        for (int pixel = 0, next; pixel < window.OutputPixels; pixel = next)
        {
            next = Math.Min(window.OutputPixels, pixel + pixelsTogether);
            for (var group = 0; group < operands.Window.Groups; group++)
            {
                for (var tap = 0; tap < taps; tap++)
                    MatrixProductBlocks<TVector>.RunOnThisThread(new ProductOperands
                    {
                        M = next - pixel,
                        K = outputs,
                        N = columns,
                        A = dy + ((nint)pixel * operands.Filters) + (group * outputs),
                        ARow = operands.Filters,
                        ADepth = 1,
                        B = filters + ((nint)group * size) + ((((nint)tap * window.Channels) + channel) * outputs),
                        BDepth = MatrixProductTile<TVector>.Columns,
                        BPanel = (nint)outputs * MatrixProductTile<TVector>.Columns,
                        C = patches + ((nint)tap * columns),
                        CRow = window.PatchSize,
                    });
                ConvolutionPatches.ScatterAdd<TVector>(window, patches, pixel, next, dx + (group * window.GroupChannels));
            }
        }
    }

    /// <summary>Sets to zero the channels of one image that begin here.</summary>
    private readonly void Clear(float* dx)
    {
        var window = operands.Window;
        if (slices == 1)
        {
            new Span<float>(dx, window.ImageSize).Clear();
            return;
        }

        for (nint at = 0; at < window.ImageSize; at += window.Channels)
            new Span<float>(dx + at, window.Channels / slices).Clear();
    }
}
