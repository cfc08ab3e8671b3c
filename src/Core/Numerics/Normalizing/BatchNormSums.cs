using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The reductions of batch normalization over blocks of rows. For moments: shift, sum(x - shift) and sum((x - shift)^2), where shift is the
/// mean of the first rows of the block. For gradients: sum(dy) and sum(dy * (x - mean)), with dy = 0 where the ReLU was closed.
/// </summary>
/// <remarks>
/// The cut into blocks of rows depends on the shape alone, so the sums are the same for every number of threads; columns are cut as threads
/// need. Eight rows are summed in registers before they join the sums of the block, which keeps memory traffic low and the chain of
/// roundings short. The shift makes one pass over memory stable: the s rows that it is the mean of have squared deviations of at least s *
/// (shift - mean)^2 about the block's mean (Cauchy-Schwarz), so with n rows sum((x - shift)^2) is at most 1 + n / s times the block's
/// squared deviations, for any data.
/// </remarks>
internal unsafe struct BatchNormSums<TVector>(BatchNormOperands operands, float* sums) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int RowsTogether = 8;
    private const int LeastLanesPerPart = 64;

    private readonly int rowBlocks = BatchNormPartials.RowBlocks(operands.Lanes);
    private int columnParts;

    /// <summary>
    /// Fills three arrays (shift, sum, sum of squares; for gradients the first is not used) of padded width per block of rows.
    /// </summary>
    public void Run()
    {
        var lanes = operands.Lanes;
        const int operationsPerElement = 32;
        var operations = operationsPerElement * ((long)lanes.Rows + 1) * lanes.Width;
        // The gradient in front of a pooling is made for all columns at once.
        var isCut = operands.Pooled.Dy == null && BlockRunner.IsShared(operations);
        var wanted = isCut ? 2 * BlockRunner.Threads : 1;
        columnParts = Math.Clamp(wanted / Math.Max(1, rowBlocks), 1, Math.Max(1, lanes.Width / LeastLanesPerPart));
        BlockRunner.Run(ref this, (rowBlocks * columnParts) + (lanes.TailWidth > 0 ? 1 : 0), operations);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var lanes = operands.Lanes;
        // By rows, so that each thread has in its cache most of what it gets in the pass that writes the result.
        var (rowBlock, part) = Math.DivRem(block, columnParts);
        if (block == rowBlocks * columnParts)
        {
            var last = sums + ((nint)rowBlocks * BatchNormPartials.Arrays * lanes.PaddedWidth);
            nint start = (nint)lanes.Rows * lanes.Width, all = start + lanes.TailWidth;
            var dyOfTail = new UpstreamGradient<TVector>(operands, start, all).Until(all);
            AddRows(lanes.Rows, 1, 0, lanes.TailWidth, dyOfTail, last, isFirst: true);
            return;
        }

        // Borders on whole vectors of every width.
        const int vector = 16;
        var (first, end) = BlockRunner.Part(lanes.PaddedWidth / vector, part, columnParts);
        var (row, endRow) = BlockRunner.Part(lanes.Rows, rowBlock, rowBlocks);
        var destination = sums + ((nint)rowBlock * BatchNormPartials.Arrays * lanes.PaddedWidth);
        var upstream = new UpstreamGradient<TVector>(operands, (nint)row * lanes.Width, (nint)endRow * lanes.Width);
        for (var firstRow = row; row < endRow; row += RowsTogether)
        {
            var rows = Math.Min(RowsTogether, endRow - row);
            var dy = upstream.Until((nint)(row + rows) * lanes.Width);
            AddRows(row, rows, first * vector, Math.Min(end * vector, lanes.Width), dy, destination, row == firstRow);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void AddRows(int row, int rows, int firstLane, int endLane, float* dy, float* destination, bool isFirst)
    {
        var offset = (nint)row * operands.Lanes.Width;
        var lane = firstLane;
        var four = FourVectors<TVector>.Count * TVector.Count;
        for (; lane <= endLane - four; lane += four)
        {
            if (dy == null)
                AddMomentsOfFour(offset + lane, rows, destination + lane, isFirst);
            else
                AddGradientsOfFour(offset + lane, dy, lane, rows, destination + lane, isFirst);
        }

        for (; lane <= endLane - TVector.Count; lane += TVector.Count)
        {
            if (dy == null)
                AddMoments(offset + lane, rows, destination + lane, isFirst, TVector.Zero, masked: false);
            else
                AddGradients(offset + lane, dy, lane, rows, destination + lane, isFirst, TVector.Zero, masked: false);
        }

        if (lane == endLane)
            return;
        if (dy == null)
            AddMoments(offset + lane, rows, destination + lane, isFirst, TVector.Mask(endLane - lane), masked: true);
        else
            AddGradients(offset + lane, dy, lane, rows, destination + lane, isFirst, TVector.Mask(endLane - lane), masked: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AddMoments(nint offset, int rows, float* destination, bool isFirst, TVector mask, bool masked)
    {
        nint width = operands.Lanes.Width, next = operands.Lanes.PaddedWidth;
        var x = operands.X + offset;
        if (isFirst)
            SetShift(x, rows, destination, mask, masked);
        TVector shift = TVector.Load(destination), sum = TVector.Zero, squares = TVector.Zero;
        for (var row = 0; row < rows; row++, x += width)
            AddDeviation((masked ? TVector.LoadMasked(x, mask) : TVector.Load(x)) - shift, ref sum, ref squares);
        Join(destination + next, sum, isFirst);
        Join(destination + (2 * next), squares, isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AddGradients(
        nint offset, float* dy, int lane, int rows, float* destination, bool isFirst, TVector mask, bool masked)
    {
        nint width = operands.Lanes.Width, next = operands.Lanes.PaddedWidth;
        float* x = operands.X + offset, upstream = dy + offset;
        var factors = operands.Factors;
        var relu = operands.ReluClosesDy;
        TVector mean = TVector.Load(factors.Mean + lane), scale = TVector.Load(factors.Scale + lane);
        var beta = TVector.Load(factors.Beta + lane);
        TVector sum = TVector.Zero, products = TVector.Zero;
        for (var row = 0; row < rows; row++, x += width, upstream += width)
        {
            var deviation = (masked ? TVector.LoadMasked(x, mask) : TVector.Load(x)) - mean;
            var gradient = masked ? TVector.LoadMasked(upstream, mask) : TVector.Load(upstream);
            AddGradient(deviation, gradient, relu, scale, beta, ref sum, ref products);
        }

        Join(destination + next, sum, isFirst);
        Join(destination + (2 * next), products, isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void SetShift(float* x, int rows, float* destination, TVector mask, bool masked)
    {
        var mean = TVector.Zero;
        for (var row = 0; row < rows; row++, x += operands.Lanes.Width)
            mean += masked ? TVector.LoadMasked(x, mask) : TVector.Load(x);
        (mean * TVector.Broadcast(1f / rows)).Store(destination);
    }

    /// <summary>
    /// As <see cref="AddMoments"/>, in the same order in each lane. The sums are variables of their own because those in a struct would not
    /// stay in registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AddMomentsOfFour(nint offset, int rows, float* destination, bool isFirst)
    {
        nint width = operands.Lanes.Width, next = operands.Lanes.PaddedWidth, v = TVector.Count;
        var x = operands.X + offset;
        if (isFirst)
            for (nint lane = 0; lane < FourVectors<TVector>.Count * v; lane += v)
                SetShift(x + lane, rows, destination + lane, TVector.Zero, masked: false);
        var shift = new FourVectors<TVector>(destination);
        TVector sum0 = TVector.Zero, sum1 = TVector.Zero, sum2 = TVector.Zero, sum3 = TVector.Zero;
        TVector squares0 = TVector.Zero, squares1 = TVector.Zero, squares2 = TVector.Zero, squares3 = TVector.Zero;
        for (; rows > 0; rows--, x += width)
        {
            AddDeviation(TVector.Load(x) - shift.V0, ref sum0, ref squares0);
            AddDeviation(TVector.Load(x + v) - shift.V1, ref sum1, ref squares1);
            AddDeviation(TVector.Load(x + (2 * v)) - shift.V2, ref sum2, ref squares2);
            AddDeviation(TVector.Load(x + (3 * v)) - shift.V3, ref sum3, ref squares3);
        }

        Join(destination + next, sum0, sum1, sum2, sum3, isFirst);
        Join(destination + (2 * next), squares0, squares1, squares2, squares3, isFirst);
    }

    /// <summary>As <see cref="AddGradients"/>, in the way of <see cref="AddMomentsOfFour"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AddGradientsOfFour(nint offset, float* dy, int lane, int rows, float* destination, bool isFirst)
    {
        nint width = operands.Lanes.Width, next = operands.Lanes.PaddedWidth, v = TVector.Count;
        var x = operands.X + offset;
        var factors = operands.Factors;
        FourVectors<TVector> mean = new(factors.Mean + lane), scale = new(factors.Scale + lane), beta = new(factors.Beta + lane);
        var relu = operands.ReluClosesDy;
        TVector sum0 = TVector.Zero, sum1 = TVector.Zero, sum2 = TVector.Zero, sum3 = TVector.Zero;
        TVector products0 = TVector.Zero, products1 = TVector.Zero, products2 = TVector.Zero, products3 = TVector.Zero;
        dy += offset;
        for (; rows > 0; rows--, x += width, dy += width)
        {
            AddGradient(TVector.Load(x) - mean.V0, TVector.Load(dy), relu, scale.V0, beta.V0, ref sum0, ref products0);
            AddGradient(TVector.Load(x + v) - mean.V1, TVector.Load(dy + v), relu, scale.V1, beta.V1, ref sum1, ref products1);
            AddGradient(TVector.Load(x + (2 * v)) - mean.V2, TVector.Load(dy + (2 * v)), relu, scale.V2, beta.V2, ref sum2, ref products2);
            AddGradient(TVector.Load(x + (3 * v)) - mean.V3, TVector.Load(dy + (3 * v)), relu, scale.V3, beta.V3, ref sum3, ref products3);
        }

        Join(destination + next, sum0, sum1, sum2, sum3, isFirst);
        Join(destination + (2 * next), products0, products1, products2, products3, isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddDeviation(TVector deviation, ref TVector sum, ref TVector squares)
    {
        sum += deviation;
        squares.AddProduct(deviation, deviation);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddGradient(
        TVector deviation, TVector dy, bool relu, TVector scale, TVector beta, ref TVector sum, ref TVector products)
    {
        if (relu)
            dy = TVector.WherePositive(TVector.MultiplyAdd(deviation, scale, beta), dy);
        sum += dy;
        products.AddProduct(dy, deviation);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(float* total, TVector part, bool isFirst) => (isFirst ? part : TVector.Load(total) + part).Store(total);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(float* total, TVector part0, TVector part1, TVector part2, TVector part3, bool isFirst)
    {
        nint v = TVector.Count;
        Join(total, part0, isFirst);
        Join(total + v, part1, isFirst);
        Join(total + (2 * v), part2, isFirst);
        Join(total + (3 * v), part3, isFirst);
    }
}
