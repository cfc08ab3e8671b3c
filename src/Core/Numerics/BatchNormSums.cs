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
        var wanted = RowPartition.IsShared(operations) ? 2 * RowPartition.Threads : 1;
        columnParts = Math.Clamp(wanted / Math.Max(1, rowBlocks), 1, Math.Max(1, lanes.Width / LeastLanesPerPart));
        RowPartition.Run(ref this, (rowBlocks * columnParts) + (lanes.TailWidth > 0 ? 1 : 0), operations);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int block)
    {
        var lanes = operands.Lanes;
        var (part, rowBlock) = Math.DivRem(block, Math.Max(1, rowBlocks));
        if (block == rowBlocks * columnParts)
        {
            var last = sums + ((nint)rowBlocks * BatchNormPartials.Arrays * lanes.PaddedWidth);
            AddRows(lanes.Rows, 1, 0, lanes.TailWidth, last, isFirst: true);
            return;
        }

        // Borders on whole vectors of every width.
        const int vector = 16;
        var (first, end) = RowPartition.Part(lanes.PaddedWidth / vector, part, columnParts);
        var (row, endRow) = RowPartition.Part(lanes.Rows, rowBlock, rowBlocks);
        var destination = sums + ((nint)rowBlock * BatchNormPartials.Arrays * lanes.PaddedWidth);
        for (var start = row; row < endRow; row += RowsTogether)
        {
            var rows = Math.Min(RowsTogether, endRow - row);
            AddRows(row, rows, first * vector, Math.Min(end * vector, lanes.Width), destination, row == start);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void AddRows(int row, int rows, int firstLane, int endLane, float* destination, bool isFirst)
    {
        var offset = (nint)row * operands.Lanes.Width;
        var lane = firstLane;
        for (; lane <= endLane - TVector.Count; lane += TVector.Count)
        {
            if (operands.Dy == null)
                AddMoments(offset + lane, rows, destination + lane, isFirst, TVector.Zero, masked: false);
            else
                AddGradients(offset + lane, lane, rows, destination + lane, isFirst, TVector.Zero, masked: false);
        }

        if (lane == endLane)
            return;
        if (operands.Dy == null)
            AddMoments(offset + lane, rows, destination + lane, isFirst, TVector.Mask(endLane - lane), masked: true);
        else
            AddGradients(offset + lane, lane, rows, destination + lane, isFirst, TVector.Mask(endLane - lane), masked: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AddMoments(nint offset, int rows, float* destination, bool isFirst, TVector mask, bool masked)
    {
        nint width = operands.Lanes.Width, next = operands.Lanes.PaddedWidth;
        var x = operands.X + offset;
        if (isFirst)
        {
            var mean = TVector.Zero;
            for (var row = 0; row < rows; row++)
                mean += masked ? TVector.LoadMasked(x + (row * width), mask) : TVector.Load(x + (row * width));
            (mean * TVector.Broadcast(1f / rows)).Store(destination);
        }

        TVector shift = TVector.Load(destination), sum = TVector.Zero, squares = TVector.Zero;
        for (var row = 0; row < rows; row++, x += width)
        {
            var deviation = (masked ? TVector.LoadMasked(x, mask) : TVector.Load(x)) - shift;
            sum += deviation;
            squares = TVector.MultiplyAdd(deviation, deviation, squares);
        }

        Join(destination + next, sum, isFirst);
        Join(destination + (2 * next), squares, isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AddGradients(nint offset, int lane, int rows, float* destination, bool isFirst, TVector mask, bool masked)
    {
        nint width = operands.Lanes.Width, next = operands.Lanes.PaddedWidth;
        float* x = operands.X + offset, upstream = operands.Dy + offset;
        var factors = operands.Factors;
        var relu = operands.Relu;
        TVector mean = TVector.Load(factors.Mean + lane), scale = TVector.Load(factors.Scale + lane);
        var beta = TVector.Load(factors.Beta + lane);
        TVector sum = TVector.Zero, products = TVector.Zero;
        for (var row = 0; row < rows; row++, x += width, upstream += width)
        {
            var deviation = (masked ? TVector.LoadMasked(x, mask) : TVector.Load(x)) - mean;
            var dy = masked ? TVector.LoadMasked(upstream, mask) : TVector.Load(upstream);
            if (relu)
                dy = TVector.WherePositive(TVector.MultiplyAdd(deviation, scale, beta), dy);
            sum += dy;
            products = TVector.MultiplyAdd(dy, deviation, products);
        }

        Join(destination + next, sum, isFirst);
        Join(destination + (2 * next), products, isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(float* total, TVector part, bool isFirst) => (isFirst ? part : TVector.Load(total) + part).Store(total);
}
