using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The element-wise passes of batch normalization. Forward: y = (x - mean) * scale + beta, or the larger of that and 0. Backward:
/// <see cref="BatchNormFactors.InputGradient"/>, with dy = 0 where the ReLU was closed, which the sign of y recomputed from x tells.
/// </summary>
/// <remarks>
/// Eight rows are worked on together, so that factors are loaded once for eight elements. Results go past the caches where those do not
/// hold what the pass reads and writes: the results would be evicted before they are used again, and a plain store first reads what it
/// overwrites. Not in place, where that has been read already.
/// </remarks>
internal unsafe struct BatchNormMap<TVector>(BatchNormOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int RowsTogether = 8;
    private const int ElementsPerBlock = 1 << 14;

    // Of about what a thread finds in the last cache of a server, which a few threads share. With half of it
    // [4096, 256] back into another array takes 5 to 12 % less where others fill that cache, and a tenth more where they do not.
    private const long BytesInCaches = 24 << 20;
    private const int MostCaches = 2;

    private readonly float floor = operands.Relu ? 0 : float.NegativeInfinity;
    private readonly bool nonTemporal = IsLarge(operands) && IsAligned(operands);
    private readonly int blocks = Blocks(operands.Lanes);

    public void Run()
    {
        var lanes = operands.Lanes;
        const int operationsPerElement = 32;
        BlockRunner.Run(ref this, blocks, operationsPerElement * ((long)lanes.Rows + 1) * lanes.Width);
        // x86 lets such stores be seen after later ones, by which this thread may tell another that the results are there. A locked
        // operation orders them: workers have one behind every block, this thread has this one.
        if (nonTemporal)
            Interlocked.MemoryBarrier();
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

    private static bool IsLarge(BatchNormOperands operands)
    {
        if (operands.Result == operands.X || operands.Result == operands.Dy)
            return false;
        var arrays = operands.Dy == null ? 2 : 3;
        return (long)arrays * sizeof(float) * operands.Lanes.Rows * operands.Lanes.Width
            >= BytesInCaches * Math.Min(BlockRunner.Threads, MostCaches);
    }

    private static bool IsAligned(BatchNormOperands operands) =>
        operands.Lanes.Width % TVector.Count == 0 && (nuint)operands.Result % (nuint)(TVector.Count * sizeof(float)) == 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void MapRows(nint offset, int rows, int width)
    {
        int lane = 0, four = FourVectors<TVector>.Count * TVector.Count;
        for (; lane <= width - four; lane += four)
        {
            if (operands.Dy == null)
                ForwardFour(offset + lane, lane, rows);
            else
                BackwardFour(offset + lane, lane, rows);
        }

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
    private readonly void ForwardFour(nint offset, int lane, int rows)
    {
        var factors = operands.Factors;
        FourVectors<TVector> mean = new(factors.Mean + lane), scale = new(factors.Scale + lane), beta = new(factors.Beta + lane);
        var lowest = TVector.Broadcast(floor);
        float* x = operands.X + offset, y = operands.Result + offset;
        var pastCaches = nonTemporal;
        nint width = operands.Lanes.Width, v = TVector.Count;
        for (; rows > 0; rows--, x += width, y += width)
        {
            var value0 = Normalized(TVector.Load(x), mean.V0, scale.V0, beta.V0, lowest);
            var value1 = Normalized(TVector.Load(x + v), mean.V1, scale.V1, beta.V1, lowest);
            var value2 = Normalized(TVector.Load(x + (2 * v)), mean.V2, scale.V2, beta.V2, lowest);
            var value3 = Normalized(TVector.Load(x + (3 * v)), mean.V3, scale.V3, beta.V3, lowest);
            StoreFour(y, value0, value1, value2, value3, pastCaches);
        }
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
            var value = Normalized(masked ? TVector.LoadMasked(x, mask) : TVector.Load(x), mean, scale, beta, lowest);
            if (masked)
                value.StoreMasked(y, mask);
            else
                Store(y, value, pastCaches);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void BackwardFour(nint offset, int lane, int rows)
    {
        var factors = operands.Factors;
        FourVectors<TVector> mean = new(factors.Mean + lane), scale = new(factors.Scale + lane), beta = new(factors.Beta + lane);
        FourVectors<TVector> meanGradient = new(factors.MeanGradient + lane), slope = new(factors.Slope + lane);
        float* x = operands.X + offset, dy = operands.Dy + offset, dx = operands.Result + offset;
        bool relu = operands.Relu, pastCaches = nonTemporal;
        nint width = operands.Lanes.Width, v = TVector.Count;
        for (; rows > 0; rows--, x += width, dy += width, dx += width)
        {
            float* x1 = x + v, x2 = x1 + v, x3 = x2 + v, dy1 = dy + v, dy2 = dy1 + v, dy3 = dy2 + v;
            var gradient0 = Gradient(TVector.Load(x), TVector.Load(dy), relu, mean.V0, scale.V0, beta.V0, meanGradient.V0, slope.V0);
            var gradient1 = Gradient(TVector.Load(x1), TVector.Load(dy1), relu, mean.V1, scale.V1, beta.V1, meanGradient.V1, slope.V1);
            var gradient2 = Gradient(TVector.Load(x2), TVector.Load(dy2), relu, mean.V2, scale.V2, beta.V2, meanGradient.V2, slope.V2);
            var gradient3 = Gradient(TVector.Load(x3), TVector.Load(dy3), relu, mean.V3, scale.V3, beta.V3, meanGradient.V3, slope.V3);
            StoreFour(dx, gradient0, gradient1, gradient2, gradient3, pastCaches);
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
            TVector value = masked ? TVector.LoadMasked(x, mask) : TVector.Load(x);
            var upstream = masked ? TVector.LoadMasked(dy, mask) : TVector.Load(dy);
            var gradient = Gradient(value, upstream, relu, mean, scale, beta, meanGradient, slope);
            if (masked)
                gradient.StoreMasked(dx, mask);
            else
                Store(dx, gradient, pastCaches);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Normalized(TVector x, TVector mean, TVector scale, TVector beta, TVector lowest) =>
        TVector.AtLeast(lowest, TVector.MultiplyAdd(x - mean, scale, beta));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Gradient(
        TVector x, TVector dy, bool relu, TVector mean, TVector scale, TVector beta, TVector meanGradient, TVector slope)
    {
        var deviation = x - mean;
        if (relu)
            dy = TVector.WherePositive(TVector.MultiplyAdd(deviation, scale, beta), dy);
        return BatchNormFactors.InputGradient(dy, deviation, scale, meanGradient, slope);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* destination, TVector value, bool pastCaches)
    {
        if (pastCaches)
            value.StoreNonTemporal(destination);
        else
            value.Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour(float* destination, TVector v0, TVector v1, TVector v2, TVector v3, bool pastCaches)
    {
        nint v = TVector.Count;
        Store(destination, v0, pastCaches);
        Store(destination + v, v1, pastCaches);
        Store(destination + (2 * v), v2, pastCaches);
        Store(destination + (3 * v), v3, pastCaches);
    }
}
