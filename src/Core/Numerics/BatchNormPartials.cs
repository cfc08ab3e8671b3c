namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// What <see cref="BatchNormSums{TVector}"/> left for each block of rows and lane, and how it adds up to channels: in double, in one fixed
/// order.
/// </summary>
internal readonly unsafe struct BatchNormPartials(ChannelLanes lanes, float* sums)
{
    /// <summary>Arrays of padded width per block of rows.</summary>
    public const int Arrays = 3;

    private const int RowsPerBlock = 512;
    private const int MostRowBlocks = 1 << 14;

    private readonly int rowBlocks = RowBlocks(lanes);

    /// <summary>Blocks of full rows; the shorter row at the end, if there is one, is one more.</summary>
    public static int RowBlocks(ChannelLanes lanes) => Math.Min((lanes.Rows + RowsPerBlock - 1) / RowsPerBlock, MostRowBlocks);

    /// <summary>Mean and sum of squared deviations from it.</summary>
    public (double Mean, double SquaredDeviations) Moments(int channel)
    {
        double count = 0, mean = 0, squaredDeviations = 0;
        for (var block = 0; block <= rowBlocks; block++)
        {
            double rows = RowsOf(block);
            for (var lane = channel; lane < WidthOf(block); lane += lanes.Channels)
            {
                var at = sums + ((nint)block * Arrays * lanes.PaddedWidth) + lane;
                double sum = at[lanes.PaddedWidth], squares = at[2 * lanes.PaddedWidth];
                var blockMean = at[0] + (sum / rows);
                var delta = blockMean - mean;
                var share = rows / (count + rows);
                mean += delta * share;
                squaredDeviations += squares - (sum * sum / rows) + (delta * delta * count * share);
                count += rows;
            }
        }

        return (mean, squaredDeviations);
    }

    /// <summary>sum(dy) and sum(dy * (x - mean)).</summary>
    public (double Sum, double Products) Gradients(int channel)
    {
        double sum = 0, products = 0;
        for (var block = 0; block <= rowBlocks; block++)
            for (var lane = channel; lane < WidthOf(block); lane += lanes.Channels)
            {
                var at = sums + ((nint)block * Arrays * lanes.PaddedWidth) + lane;
                sum += at[lanes.PaddedWidth];
                products += at[2 * lanes.PaddedWidth];
            }

        return (sum, products);
    }

    // The block after the last is the shorter row at the end.
    private int WidthOf(int block) => block == rowBlocks ? lanes.TailWidth : lanes.Width;

    private int RowsOf(int block)
    {
        if (block == rowBlocks)
            return 1;
        var (first, end) = RowPartition.Part(lanes.Rows, block, rowBlocks);
        return end - first;
    }
}
