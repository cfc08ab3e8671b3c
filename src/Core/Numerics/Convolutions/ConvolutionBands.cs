using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The output rows of a convolution in bands, each within one image, and the image rows under a band. With the zeros of the padding around
/// them, every window over such rows is whole, and the one of the next output pixel lies stride * channels further in memory.
/// </summary>
internal readonly unsafe struct ConvolutionBands
{
    // Values of a padded band: 256 KB stay in the second-level cache while every tile of the product reads them.
    private const int BandElements = 1 << 16;

    // What a vector may write behind the last row.
    private const int Slack = 16;

    private readonly SlidingWindow window;
    private readonly int perImage;

    /// <param name="window">The windows.</param>
    /// <param name="leastPerImage">Bands of an image at least, if it has as many output rows; 1 unless more are to be shared.</param>
    public ConvolutionBands(SlidingWindow window, int leastPerImage = 1)
    {
        this.window = window;
        RowLength = (window.Width + window.Padding.Left + window.Padding.Right) * window.Channels;
        var rowsTogether = Math.Max(1, BandElements / RowLength / window.Stride.Height);
        perImage = Math.Max((window.OutputHeight + rowsTogether - 1) / rowsTogether, Math.Min(leastPerImage, window.OutputHeight));
    }

    /// <summary>Number of bands; depends on nothing but what the constructor was given.</summary>
    public int Count => window.Images * perImage;

    /// <summary>Values of an image row with its padding.</summary>
    public int RowLength { get; }

    /// <summary>Image and output rows of a band.</summary>
    public (int Image, int First, int End) this[int band]
    {
        get
        {
            var (image, part) = Math.DivRem(band, perImage);
            var (first, end) = BlockRunner.Part(window.OutputHeight, part, perImage);
            return (image, first, end);
        }
    }

    /// <summary>
    /// The rows under output rows [first, end) of an image: in place where there is no padding, else a copy that holds until the next call
    /// on this thread.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float* Rows<TVector>(float* images, int image, int first, int end)
        where TVector : struct, ISimd<TVector>
    {
        var padding = window.Padding;
        int top = (first * window.Stride.Height) - padding.Top;
        var bottom = ((end - 1) * window.Stride.Height) - padding.Top + window.SpanHeight;
        int y = Math.Max(0, top), endY = Math.Min(window.Height, bottom);
        nint imageRow = (nint)window.Width * window.Channels;
        nint left = (nint)padding.Left * window.Channels, right = (nint)padding.Right * window.Channels;
        var source = images + ((nint)image * window.ImageSize) + (y * imageRow);
        if (padding == 0)
            return source;

        // Everything is written in ascending order in whole vectors: what one writes too much, the next overwrites.
        var rows = ScratchBuffer.Rows.AtLeast(((bottom - top) * RowLength) + (int)left + Slack);
        if (y >= endY)
        {
            Clear<TVector>(rows, (nint)(bottom - top) * RowLength);
            return rows;
        }

        var destination = Clear<TVector>(rows, ((nint)(y - top) * RowLength) + left);
        for (; y < endY; y++, source += imageRow)
        {
            destination = Copy<TVector>(source, destination, imageRow);
            destination = Clear<TVector>(destination, right + left);
        }

        Clear<TVector>(destination, ((nint)(bottom - endY) * RowLength) - left);
        return rows;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Clear<TVector>(float* destination, nint count)
        where TVector : struct, ISimd<TVector>
    {
        for (nint i = 0; i < count; i += TVector.Count)
            TVector.Zero.Store(destination + i);
        return destination + count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Copy<TVector>(float* source, float* destination, nint count)
        where TVector : struct, ISimd<TVector>
    {
        nint i = 0;
        for (; i <= count - TVector.Count; i += TVector.Count)
            TVector.Load(source + i).Store(destination + i);
        if (i < count)
            TVector.LoadMasked(source + i, TVector.Mask(count - i)).Store(destination + i);
        return destination + count;
    }
}
