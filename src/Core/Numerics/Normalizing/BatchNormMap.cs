using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The element-wise passes of batch normalization. Forward: y = (x - mean) * scale + beta, or the larger of that and 0. Backward:
/// <see cref="BatchNormFactors.InputGradient"/>, with dy = 0 where the ReLU was closed, which the sign of y recomputed from x tells.
/// </summary>
/// <remarks>
/// Four rows are worked on together, so that factors are loaded once for four elements. Results of several MB go past the caches: they
/// would be evicted before they are used again, and a plain store first reads what it overwrites. Several threads, which share what may be
/// written to memory but have their caches each, do so from twice that size on.
/// </remarks>
internal unsafe struct BatchNormMap<TVector>(BatchNormOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int RowsTogether = 4;
    private const int ElementsPerBlock = 1 << 14;
    private const long NonTemporalFrom = 1 << 20;
    private const long NonTemporalFromShared = 1 << 21;

    private readonly float floor = operands.Relu ? 0 : float.NegativeInfinity;
    private readonly bool nonTemporal = IsLargeAndAligned(operands);
    private readonly int blocks = Blocks(operands.Lanes);

    public void Run()
    {
        var lanes = operands.Lanes;
        const int operationsPerElement = 32;
        BlockRunner.Run(ref this, blocks, operationsPerElement * ((long)lanes.Rows + 1) * lanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var lanes = operands.Lanes;
        var (row, end) = BlockRunner.Part(lanes.Rows, block, blocks);
        for (; row < end; row += RowsTogether)
            MapRows((nint)row * lanes.Width, Math.Min(RowsTogether, end - row), lanes.Width);
        if (block == blocks - 1)
            MapRows((nint)lanes.Rows * lanes.Width, 1, lanes.TailWidth);
    }

    private static int Blocks(ChannelLanes lanes)
    {
        var rowsPerBlock = Math.Max(RowsTogether, ElementsPerBlock / lanes.Width);
        return Math.Clamp(lanes.Rows / rowsPerBlock, 1, BlockRunner.MaxBlocks);
    }

    private static bool IsLargeAndAligned(BatchNormOperands operands)
    {
        var bytes = TVector.Count * sizeof(float);
        return (long)operands.Lanes.Rows * operands.Lanes.Width >= (BlockRunner.Threads > 1 ? NonTemporalFromShared : NonTemporalFrom)
            && operands.Lanes.Width % TVector.Count == 0 && (nuint)operands.Result % (nuint)bytes == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void MapRows(nint offset, int rows, int width)
    {
        var lane = 0;
        for (; lane <= width - TVector.Count; lane += TVector.Count)
        {
            if (operands.Dy == null)
                Forward(offset + lane, lane, rows, TVector.Zero, masked: false);
            else
                Backward(offset + lane, lane, rows, TVector.Zero, masked: false);
        }

        if (lane == width)
            return;
        if (operands.Dy == null)
            Forward(offset + lane, lane, rows, TVector.Mask(width - lane), masked: true);
        else
            Backward(offset + lane, lane, rows, TVector.Mask(width - lane), masked: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Forward(nint offset, int lane, int rows, TVector mask, bool masked)
    {
        var factors = operands.Factors;
        TVector mean = TVector.Load(factors.Mean + lane), scale = TVector.Load(factors.Scale + lane);
        TVector beta = TVector.Load(factors.Beta + lane), lowest = TVector.Broadcast(floor);
        float* x = operands.X + offset, y = operands.Result + offset;
        var pastCaches = nonTemporal;
        nint width = operands.Lanes.Width;
        for (; rows > 0; rows--, x += width, y += width)
        {
            var value = masked ? TVector.LoadMasked(x, mask) : TVector.Load(x);
            Store(y, TVector.AtLeast(lowest, TVector.MultiplyAdd(value - mean, scale, beta)), mask, masked, pastCaches);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Backward(nint offset, int lane, int rows, TVector mask, bool masked)
    {
        var factors = operands.Factors;
        TVector mean = TVector.Load(factors.Mean + lane), scale = TVector.Load(factors.Scale + lane);
        TVector beta = TVector.Load(factors.Beta + lane), slope = TVector.Load(factors.Slope + lane);
        var meanGradient = TVector.Load(factors.MeanGradient + lane);
        float* x = operands.X + offset, dy = operands.Dy + offset, dx = operands.Result + offset;
        bool relu = operands.Relu, pastCaches = nonTemporal;
        nint width = operands.Lanes.Width;
        for (; rows > 0; rows--, x += width, dy += width, dx += width)
        {
            var deviation = (masked ? TVector.LoadMasked(x, mask) : TVector.Load(x)) - mean;
            var gradient = masked ? TVector.LoadMasked(dy, mask) : TVector.Load(dy);
            if (relu)
                gradient = TVector.WherePositive(TVector.MultiplyAdd(deviation, scale, beta), gradient);
            Store(dx, BatchNormFactors.InputGradient(gradient, deviation, scale, meanGradient, slope), mask, masked, pastCaches);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* destination, TVector value, TVector mask, bool masked, bool pastCaches)
    {
        if (masked)
            value.StoreMasked(destination, mask);
        else if (pastCaches)
            value.StoreNonTemporal(destination);
        else
            value.Store(destination);
    }
}
