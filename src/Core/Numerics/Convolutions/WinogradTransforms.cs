using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Minimal filtering F(2 x 2, 3 x 3): four outputs of a 3 x 3 window from the 4 x 4 pixels under them with 16 multiplications instead of
/// 36. y = A^T ((G g G^T) * (B^T d B)) A with an elementwise product, summed over channels before the outer transform, so that it becomes
/// 16 products of matrices, [tiles, channels] times [channels, filters]. (Winograd, Arithmetic Complexity of Computations, 1980; Lavin and
/// Gray 2015, arXiv:1509.09308, section 4.1, whose matrices these are.)
/// </summary>
/// <remarks>
/// Lanes are channels or filters, at least one vector of them: where their number is no multiple, the last vector overlaps the one before
/// and writes the same again. Nothing here may be inlined: a caller with so many vectors has more variables than the JIT keeps in registers
/// and took four times as long.
/// </remarks>
internal static unsafe class WinogradTransforms<TVector>
    where TVector : struct, ISimd<TVector>
{
    /// <summary>u = G g G^T for as many filters of one channel; the nine weights of a filter are <paramref name="tap"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Filters(float* filters, nint tap, nint count, float* u, nint distance)
    {
        var row = 3 * tap;
        for (nint i = 0; i < count; i += TVector.Count)
        {
            var at = Math.Min(i, count - TVector.Count);
            float* g0 = filters + at, g1 = g0 + row, g2 = g1 + row, to = u + at;
            FilterLine(g0, g1, g2, out var a0, out var b0, out var c0, out var d0);
            FilterLine(g0 + tap, g1 + tap, g2 + tap, out var a1, out var b1, out var c1, out var d1);
            FilterLine(g0 + (2 * tap), g1 + (2 * tap), g2 + (2 * tap), out var a2, out var b2, out var c2, out var d2);
            StoreFilterLine(a0, a1, a2, to, distance);
            StoreFilterLine(b0, b1, b2, to + (4 * distance), distance);
            StoreFilterLine(c0, c1, c2, to + (8 * distance), distance);
            StoreFilterLine(d0, d1, d2, to + (12 * distance), distance);
        }
    }

    /// <summary>dFilters = G^T du G, the transpose of <see cref="Filters"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void FilterGradients(float* du, nint distance, nint count, float* dFilters, nint tap)
    {
        for (nint i = 0; i < count; i += TVector.Count)
        {
            var at = Math.Min(i, count - TVector.Count);
            float* from = du + at, to = dFilters + at;
            FilterGradientLine(from, distance, out var a0, out var b0, out var c0);
            FilterGradientLine(from + (4 * distance), distance, out var a1, out var b1, out var c1);
            FilterGradientLine(from + (8 * distance), distance, out var a2, out var b2, out var c2);
            FilterGradientLine(from + (12 * distance), distance, out var a3, out var b3, out var c3);
            StoreFilterGradientColumn(a0, a1, a2, a3, to, 3 * tap);
            StoreFilterGradientColumn(b0, b1, b2, b3, to + tap, 3 * tap);
            StoreFilterGradientColumn(c0, c1, c2, c3, to + (2 * tap), 3 * tap);
        }
    }

    /// <summary>v = B^T d B for a tile of 4 x 4 pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Pixels<TTile>(TTile tile, nint channels, float* v, nint distance)
        where TTile : struct, IWinogradTile
    {
        for (nint i = 0; i < channels; i += TVector.Count)
        {
            var at = Math.Min(i, channels - TVector.Count);
            var to = v + at;
            PixelColumn(tile, 0, at, out var a0, out var b0, out var c0, out var d0);
            PixelColumn(tile, 1, at, out var a1, out var b1, out var c1, out var d1);
            PixelColumn(tile, 2, at, out var a2, out var b2, out var c2, out var d2);
            PixelColumn(tile, 3, at, out var a3, out var b3, out var c3, out var d3);
            StorePixelRow(a0, a1, a2, a3, to, distance);
            StorePixelRow(b0, b1, b2, b3, to + (4 * distance), distance);
            StorePixelRow(c0, c1, c2, c3, to + (8 * distance), distance);
            StorePixelRow(d0, d1, d2, d3, to + (12 * distance), distance);
        }
    }

    /// <summary>
    /// y = max(floor, A^T m A + bias) for <paramref name="count"/> filters of a tile of 2 x 2 outputs; no bias where it is null.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Outputs<TTile>(float* m, nint distance, nint count, float* bias, float floor, TTile tile)
        where TTile : struct, IWinogradTile
    {
        var least = TVector.Broadcast(floor);
        for (nint i = 0; i < count; i += TVector.Count)
        {
            var at = Math.Min(i, count - TVector.Count);
            var from = m + at;
            OutputColumn(from, 4 * distance, out var a0, out var b0);
            OutputColumn(from + distance, 4 * distance, out var a1, out var b1);
            OutputColumn(from + (2 * distance), 4 * distance, out var a2, out var b2);
            OutputColumn(from + (3 * distance), 4 * distance, out var a3, out var b3);
            var start = bias == null ? TVector.Zero : TVector.Load(bias + at);
            TVector.AtLeast(least, start + (a0 + a1 + a2)).Store(tile[0, 0] + at);
            TVector.AtLeast(least, start + (a1 - a2 - a3)).Store(tile[0, 1] + at);
            TVector.AtLeast(least, start + (b0 + b1 + b2)).Store(tile[1, 0] + at);
            TVector.AtLeast(least, start + (b1 - b2 - b3)).Store(tile[1, 1] + at);
        }
    }

    /// <summary>dm = A dy A^T, the transpose of <see cref="Outputs"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void OutputGradients<TTile>(TTile tile, nint count, float* dm, nint distance)
        where TTile : struct, IWinogradTile
    {
        for (nint i = 0; i < count; i += TVector.Count)
        {
            var at = Math.Min(i, count - TVector.Count);
            var to = dm + at;
            TVector top0 = TVector.Load(tile[0, 0] + at), top1 = TVector.Load(tile[0, 1] + at);
            TVector low0 = TVector.Load(tile[1, 0] + at), low1 = TVector.Load(tile[1, 1] + at);
            StoreOutputGradientRow(top0, top1, to, distance);
            StoreOutputGradientRow(top0 + low0, top1 + low1, to + (4 * distance), distance);
            StoreOutputGradientRow(top0 - low0, top1 - low1, to + (8 * distance), distance);
            StoreOutputGradientRow(TVector.Zero - low0, TVector.Zero - low1, to + (12 * distance), distance);
        }
    }

    // G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1] times a column of the filter.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterLine(float* g0, float* g1, float* g2, out TVector a, out TVector b, out TVector c, out TVector d)
    {
        a = TVector.Load(g0);
        d = TVector.Load(g2);
        Halves(a, TVector.Load(g1), d, out b, out c);
    }

    // A row times G^T.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFilterLine(TVector g0, TVector g1, TVector g2, float* to, nint distance)
    {
        Halves(g0, g1, g2, out var second, out var third);
        g0.Store(to);
        second.Store(to + distance);
        third.Store(to + (2 * distance));
        g2.Store(to + (3 * distance));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(TVector g0, TVector g1, TVector g2, out TVector sum, out TVector difference)
    {
        var half = TVector.Broadcast(0.5f);
        TVector outer = half * (g0 + g2), inner = half * g1;
        sum = outer + inner;
        difference = outer - inner;
    }

    // A row times G.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterGradientLine(float* from, nint distance, out TVector a, out TVector b, out TVector c)
    {
        var half = TVector.Broadcast(0.5f);
        TVector second = half * TVector.Load(from + distance), third = half * TVector.Load(from + (2 * distance));
        a = TVector.Load(from) + (second + third);
        b = second - third;
        c = TVector.Load(from + (3 * distance)) + (second + third);
    }

    // G^T times a column.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFilterGradientColumn(TVector u0, TVector u1, TVector u2, TVector u3, float* to, nint row)
    {
        var half = TVector.Broadcast(0.5f);
        TVector second = half * u1, third = half * u2;
        (u0 + (second + third)).Store(to);
        (second - third).Store(to + row);
        (u3 + (second + third)).Store(to + (2 * row));
    }

    // B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1] times a column of the tile.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PixelColumn<TTile>(
        TTile tile, nint x, nint at, out TVector a, out TVector b, out TVector c, out TVector d)
        where TTile : struct, IWinogradTile
    {
        TVector d0 = TVector.Load(tile[0, x] + at), d1 = TVector.Load(tile[1, x] + at);
        TVector d2 = TVector.Load(tile[2, x] + at), d3 = TVector.Load(tile[3, x] + at);
        a = d0 - d2;
        b = d1 + d2;
        c = d2 - d1;
        d = d1 - d3;
    }

    // A row times B.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePixelRow(TVector d0, TVector d1, TVector d2, TVector d3, float* to, nint distance)
    {
        (d0 - d2).Store(to);
        (d1 + d2).Store(to + distance);
        (d2 - d1).Store(to + (2 * distance));
        (d1 - d3).Store(to + (3 * distance));
    }

    // A^T = [1 1 1 0; 0 1 -1 -1] times a column.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputColumn(float* from, nint row, out TVector a, out TVector b)
    {
        TVector second = TVector.Load(from + row), third = TVector.Load(from + (2 * row));
        a = TVector.Load(from) + second + third;
        b = second - third - TVector.Load(from + (3 * row));
    }

    // A row times A^T.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreOutputGradientRow(TVector y0, TVector y1, float* to, nint distance)
    {
        y0.Store(to);
        (y0 + y1).Store(to + distance);
        (y0 - y1).Store(to + (2 * distance));
        (TVector.Zero - y1).Store(to + (3 * distance));
    }
}
