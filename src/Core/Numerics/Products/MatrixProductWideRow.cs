using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// One row of C over four full panels of B, as <see cref="MatrixProductTile{TVector}"/> computes its tiles. A single row uses each element
/// of B once, so it is bound by reading B: eight sums are enough to hide the latency of the multiply-add, and eight vectors side by side
/// are what the hardware prefetches well.
/// </summary>
internal static unsafe class MatrixProductWideRow<TVector>
    where TVector : struct, ISimd<TVector>
{
    /// <summary>Panels that are covered at once.</summary>
    public const int Panels = 4;

    /// <summary>
    /// Computes the row from its first element on. Panels of B are <paramref name="panel"/> elements apart; the rest is as for
    /// <see cref="MatrixProductTile{TVector}.Compute"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute(TileOperands* operands, float* a, float* b, nint panel, float* c, float* start)
    {
        nint lane = TVector.Count, next = operands->BDepth, nextA = operands->ADepth;
        TVector c0 = TVector.Zero, c1 = TVector.Zero, c2 = TVector.Zero, c3 = TVector.Zero;
        TVector c4 = TVector.Zero, c5 = TVector.Zero, c6 = TVector.Zero, c7 = TVector.Zero;
        if (start != null)
        {
            (c0, c1) = (TVector.Load(start), TVector.Load(start + lane));
            (c2, c3) = (TVector.Load(start + (2 * lane)), TVector.Load(start + (3 * lane)));
            (c4, c5) = (TVector.Load(start + (4 * lane)), TVector.Load(start + (5 * lane)));
            (c6, c7) = (TVector.Load(start + (6 * lane)), TVector.Load(start + (7 * lane)));
        }

        float* b1 = b + panel, b2 = b1 + panel, b3 = b2 + panel;
        for (var depth = operands->Depth; depth != 0; depth--)
        {
            var element = TVector.Broadcast(*a);
            c0.AddProduct(element, TVector.Load(b));
            c1.AddProduct(element, TVector.Load(b + lane));
            c2.AddProduct(element, TVector.Load(b1));
            c3.AddProduct(element, TVector.Load(b1 + lane));
            c4.AddProduct(element, TVector.Load(b2));
            c5.AddProduct(element, TVector.Load(b2 + lane));
            c6.AddProduct(element, TVector.Load(b3));
            c7.AddProduct(element, TVector.Load(b3 + lane));
            a += nextA;
            b += next;
            b1 += next;
            b2 += next;
            b3 += next;
        }

        var floor = TVector.Broadcast(operands->Floor);
        TVector.AtLeast(floor, c0).Store(c);
        TVector.AtLeast(floor, c1).Store(c + lane);
        TVector.AtLeast(floor, c2).Store(c + (2 * lane));
        TVector.AtLeast(floor, c3).Store(c + (3 * lane));
        TVector.AtLeast(floor, c4).Store(c + (4 * lane));
        TVector.AtLeast(floor, c5).Store(c + (5 * lane));
        TVector.AtLeast(floor, c6).Store(c + (6 * lane));
        TVector.AtLeast(floor, c7).Store(c + (7 * lane));
    }
}
