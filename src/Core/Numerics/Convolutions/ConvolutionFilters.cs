namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Filters that many forward passes use, copied into the layout that they read fastest: transformed, as
/// <see cref="WinogradFilters{TVector}"/>, which takes 16 values where there were 9, or in panels as wide as a register tile. Results are
/// the same to the last bit as with the filters themselves. Immutable.
/// </summary>
internal sealed unsafe class ConvolutionFilters
{
    private readonly AlignedBuffer values;

    /// <param name="window">The windows; the number of images does not matter.</param>
    /// <param name="filters">[windowHeight, windowWidth, channels of a group, filters].</param>
    public ConvolutionFilters(SlidingWindow window, ReadOnlySpan<float> filters)
    {
        Window = window;
        Count = filters.Length / window.PatchSize;
        fixed (float* pinned = filters)
        {
            var layout = new Layout(window, Count, pinned);
            Simd.RunWidest(ref layout);
            values = layout.Values!;
        }
    }

    public SlidingWindow Window { get; }

    /// <summary>Number of filters.</summary>
    public int Count { get; }

    /// <summary>In the layout of the pass over <see cref="Window"/>.</summary>
    public ReadOnlySpan<float> Values => values.Span;

    private struct Layout(SlidingWindow window, int count, float* filters) : ISimdOperation
    {
        public AlignedBuffer? Values;

        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            if (Winograd.Pays(window, count))
            {
                Values = new AlignedBuffer(WinogradMatrices.Size(window.Channels, count));
                new WinogradFilters<TVector>(window.Channels, count, Values.Pointer).Transform(filters);
            }
            else if (window.HasWholeRows && !window.IsSinglePixel)
            {
                Values = new AlignedBuffer(MatrixProductPacking<TVector>.Size(window.PatchSize, count));
                new MatrixProductPacking<TVector>(filters, count, transposed: false, window.PatchSize, count, Values.Pointer).Run();
            }
            else
            {
                Values = new AlignedBuffer(window.PatchSize * count);
                new ReadOnlySpan<float>(filters, Values.Length).CopyTo(Values.Span);
            }
        }
    }
}
