using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// dx of a convolution with a filter for each channel. With a stride of 1 it is such a convolution itself: of dy, with filters turned by
/// 180 degrees. Otherwise dy * filter is added to the pixels under the window; one block is one image then, because windows overlap.
/// </summary>
internal unsafe struct DepthwiseBackwardInput<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private readonly SlidingWindow window = operands.Window;
    private readonly int blocks = Math.Min(operands.Window.Images, BlockRunner.MaxBlocks);

    public void Run()
    {
        // What reaches beyond the padding lies outside of dy. A padding that the window cannot leave would make it negative.
        int down = window.SpanHeight - 1, across = window.SpanWidth - 1;
        var padding = window.Padding;
        var turned = new Padding2D(down - padding.Top, across - padding.Left, down - padding.Bottom, across - padding.Right);
        if (window.Stride == 1 && turned is { Top: >= 0, Left: >= 0, Bottom: >= 0, Right: >= 0 })
            RunTurned(turned);
        else
            BlockRunner.Run(ref this, blocks, operands.Operations);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (image, end) = BlockRunner.Part(window.Images, block, blocks);
        for (; image < end; image++)
        {
            var dx = operands.Images + ((nint)image * window.ImageSize);
            new Span<float>(dx, window.ImageSize).Clear();
            for (var oy = 0; oy < window.OutputHeight; oy++)
                for (var ox = 0; ox < window.OutputWidth; ox++)
                    AddWindow(operands.OutputRow(image, oy) + ((nint)ox * window.Channels), oy, ox, dx);
        }
    }

    private readonly void RunTurned(Padding2D padding)
    {
        var taps = window.WindowHeight * window.WindowWidth;
        var filters = ScratchBuffer.Panels.AtLeast(taps * window.Channels);
        for (var tap = 0; tap < taps; tap++)
        {
            var from = new Span<float>(operands.FilterMatrix + ((nint)tap * window.Channels), window.Channels);
            from.CopyTo(new Span<float>(filters + ((nint)(taps - 1 - tap) * window.Channels), window.Channels));
        }

        var forward = new DepthwiseForward<TVector>(new ConvolutionOperands
        {
            Window = window with { Height = window.OutputHeight, Width = window.OutputWidth, Padding = padding },
            Filters = operands.Filters,
            Images = operands.Outputs,
            FilterMatrix = filters,
            Outputs = operands.Images,
        });
        forward.Run();
    }

    private readonly void AddWindow(float* dy, int oy, int ox, float* dx)
    {
        var (top, beginY, endY) = window.OverlapRows(oy);
        var (left, beginX, endX) = window.OverlapColumns(ox);
        nint channels = window.Channels;
        for (var ky = beginY; ky < endY; ky++)
            for (var kx = beginX; kx < endX; kx++)
            {
                var pixel = (((nint)top + (ky * window.Dilation.Height)) * window.Width) + left + (kx * window.Dilation.Width);
                float* target = dx + (pixel * channels), filter = operands.FilterMatrix + (((ky * window.WindowWidth) + kx) * channels);
                nint c = 0;
                for (; c <= channels - TVector.Count; c += TVector.Count)
                    TVector.MultiplyAdd(TVector.Load(dy + c), TVector.Load(filter + c), TVector.Load(target + c)).Store(target + c);
                if (c == channels)
                    continue;
                var mask = TVector.Mask(channels - c);
                TVector upstream = TVector.LoadMasked(dy + c, mask), weight = TVector.LoadMasked(filter + c, mask);
                TVector.MultiplyAdd(upstream, weight, TVector.LoadMasked(target + c, mask)).StoreMasked(target + c, mask);
            }
    }
}
