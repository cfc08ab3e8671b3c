using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// What <see cref="BatchNormSums{TVector}"/> left for each block of rows and lane, and how it adds up to channels: in double, in one fixed
/// order. Results come for as many channels at once as fit a vector of doubles; those past the last channel mean nothing.
/// </summary>
internal readonly unsafe struct BatchNormPartials(ChannelLanes lanes, float* sums)
{
    /// <summary>Arrays of padded width per block of rows.</summary>
    public const int Arrays = 3;

    private const int RowsPerBlock = 512;
    private const int MostRowBlocks = 1 << 14;

    private readonly int rowBlocks = RowBlocks(lanes);

    /// <summary>Number of floats that the sums take: for every block of rows and the shorter row after them.</summary>
    public static int Length(ChannelLanes lanes) =>
        ((RowBlocks(lanes) + 1) * Arrays * lanes.PaddedWidth) + Vector<double>.Count;   // the last channels are read as a whole vector

    /// <summary>Blocks of full rows; the shorter row at the end, if there is one, is one more.</summary>
    public static int RowBlocks(ChannelLanes lanes) => Math.Min((lanes.Rows + RowsPerBlock - 1) / RowsPerBlock, MostRowBlocks);

    /// <summary>Mean and sum of squared deviations from it, of <paramref name="channel"/> and those after it.</summary>
    public (Vector<double> Mean, Vector<double> SquaredDeviations) Moments(int channel)
    {
        double count = 0;
        Vector<double> mean = Vector<double>.Zero, squaredDeviations = Vector<double>.Zero;
        for (var block = 0; block <= rowBlocks; block++)
        {
            double rows = RowsOf(block);
            for (var lane = channel; lane < WidthOf(block); lane += lanes.Channels, count += rows)
            {
                var at = sums + ((nint)block * Arrays * lanes.PaddedWidth) + lane;
                Vector<double> sum = Widened.Load(at + lanes.PaddedWidth), squares = Widened.Load(at + (2 * lanes.PaddedWidth));
                var blockDelta = sum * (1 / rows);
                var delta = Widened.Load(at) + blockDelta - mean;
                var share = rows / (count + rows);
                mean += delta * share;
                squaredDeviations += squares - (sum * blockDelta) + (delta * delta * (count * share));
            }
        }

        return (mean, squaredDeviations);
    }

    /// <summary>sum(dy) and sum(dy * (x - mean)) of <paramref name="channel"/> and those after it.</summary>
    public (Vector<double> Sum, Vector<double> Products) Gradients(int channel)
    {
        Vector<double> sum = Vector<double>.Zero, products = Vector<double>.Zero;
        for (var block = 0; block <= rowBlocks; block++)
            for (var lane = channel; lane < WidthOf(block); lane += lanes.Channels)
            {
                var at = sums + ((nint)block * Arrays * lanes.PaddedWidth) + lane;
                sum += Widened.Load(at + lanes.PaddedWidth);
                products += Widened.Load(at + (2 * lanes.PaddedWidth));
            }

        return (sum, products);
    }

    // The block after the last is the shorter row at the end.
    private int WidthOf(int block) => block == rowBlocks ? lanes.TailWidth : lanes.Width;

    private int RowsOf(int block)
    {
        if (block == rowBlocks)
            return 1;
        var (first, end) = BlockRunner.Part(lanes.Rows, block, rowBlocks);
        return end - first;
    }
}
