using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The pixels of one window that exist, as distances from the first value of the batch, its output, and by how many pixels an average is
/// divided.
/// </summary>
internal readonly record struct PoolingArea(nint First, nint Output, int Rows, int Columns, nint NextRow, nint NextColumn, int Averaged)
{
    public nint At(int row, int column) => First + (row * NextRow) + (column * NextColumn);
}

/// <summary>What a pass of pooling does with one window and one vector of channels, met in reading order.</summary>
internal unsafe interface IPoolingPass
{
    /// <summary>The images' gradient, which the pass adds to and which is cleared first; null on the way forward.</summary>
    float* Gradient { get; }

    void Run<TVector>(PoolingArea area, TVector mask, bool masked)
        where TVector : struct, ISimd<TVector>;
}

internal readonly unsafe struct MaxPass(float* x, float* y) : IPoolingPass
{
    public float* Gradient => null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Run<TVector>(PoolingArea area, TVector mask, bool masked)
        where TVector : struct, ISimd<TVector>
    {
        var largest = TVector.Broadcast(float.NegativeInfinity);
        for (var row = 0; row < area.Rows; row++)
            for (var column = 0; column < area.Columns; column++)
                largest = TVector.Max(largest, PoolingLanes.Load(x + area.At(row, column), mask, masked));
        PoolingLanes.Store(y + area.Output, largest, mask, masked);
    }
}

internal readonly unsafe struct MaxBackwardPass(float* x, float* y, float* dy, float* dx) : IPoolingPass
{
    public float* Gradient => dx;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Run<TVector>(PoolingArea area, TVector mask, bool masked)
        where TVector : struct, ISimd<TVector>
    {
        var largest = PoolingLanes.Load(y + area.Output, mask, masked);
        var remaining = PoolingLanes.Load(dy + area.Output, mask, masked);
        for (var row = 0; row < area.Rows; row++)
            for (var column = 0; column < area.Columns; column++)
            {
                var at = area.At(row, column);
                var share = TVector.WhereEqual(PoolingLanes.Load(x + at, mask, masked), largest, remaining);
                remaining -= share;
                PoolingLanes.Store(dx + at, PoolingLanes.Load(dx + at, mask, masked) + share, mask, masked);
            }
    }
}

internal readonly unsafe struct AveragePass(float* x, float* y) : IPoolingPass
{
    public float* Gradient => null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Run<TVector>(PoolingArea area, TVector mask, bool masked)
        where TVector : struct, ISimd<TVector>
    {
        var sum = TVector.Zero;
        for (var row = 0; row < area.Rows; row++)
            for (var column = 0; column < area.Columns; column++)
                sum += PoolingLanes.Load(x + area.At(row, column), mask, masked);
        PoolingLanes.Store(y + area.Output, sum * TVector.Broadcast(1f / area.Averaged), mask, masked);
    }
}

internal readonly unsafe struct AverageBackwardPass(float* dy, float* dx) : IPoolingPass
{
    public float* Gradient => dx;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Run<TVector>(PoolingArea area, TVector mask, bool masked)
        where TVector : struct, ISimd<TVector>
    {
        var share = PoolingLanes.Load(dy + area.Output, mask, masked) * TVector.Broadcast(1f / area.Averaged);
        for (var row = 0; row < area.Rows; row++)
            for (var column = 0; column < area.Columns; column++)
            {
                var at = dx + area.At(row, column);
                PoolingLanes.Store(at, PoolingLanes.Load(at, mask, masked) + share, mask, masked);
            }
    }
}

/// <summary>One vector of channels, all of it or the lanes of the mask.</summary>
internal static unsafe class PoolingLanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector>(float* source, TVector mask, bool masked)
        where TVector : struct, ISimd<TVector> => masked ? TVector.LoadMasked(source, mask) : TVector.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TVector>(float* destination, TVector value, TVector mask, bool masked)
        where TVector : struct, ISimd<TVector>
    {
        if (masked)
            value.StoreMasked(destination, mask);
        else
            value.Store(destination);
    }
}
