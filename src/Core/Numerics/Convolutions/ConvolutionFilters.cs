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
        var isTransformed = Winograd.Pays(window, Count);
        values = new AlignedBuffer(isTransformed ? WinogradMatrices.Size(window.Channels, Count) : filters.Length);
        if (!isTransformed && !HasPanels(window))
        {
            filters.CopyTo(values.Span);
            return;
        }

        fixed (float* pinned = filters)
        {
            var copy = new LayoutCopy(this, isTransformed, pinned);
            Simd.RunWidest(ref copy);
        }
    }

    public SlidingWindow Window { get; }

    /// <summary>Number of filters.</summary>
    public int Count { get; }

    /// <summary>In the layout of the pass over <see cref="Window"/>.</summary>
    public ReadOnlySpan<float> Values => values.Span;

    private static bool HasPanels(SlidingWindow window) => window.HasWholeRows && !window.IsSinglePixel;

    private readonly struct LayoutCopy(ConvolutionFilters kept, bool isTransformed, float* filters) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var to = kept.values.Pointer;
            if (isTransformed)
            {
                var transformed = new WinogradFilters<TVector>(kept.Window.Channels, kept.Count, to);
                transformed.Transform(filters);
                return;
            }

            for (var column = 0; column < kept.Count; column += MatrixProductTile<TVector>.Columns)
            {
                var columns = Math.Min(MatrixProductTile<TVector>.Columns, kept.Count - column);
                for (nint depth = 0; depth < kept.Window.PatchSize; depth++, to += columns)
                    new ReadOnlySpan<float>(filters + (depth * kept.Count) + column, columns).CopyTo(new Span<float>(to, columns));
            }
        }
    }
}
