using System.Numerics;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>
/// running = (1 - momentum) * running + momentum * batch, over batches of rows in their order; see <see cref="MovingAverage"/>.
/// </summary>
internal sealed class MovingStatistics : IColumnStatistics
{
    private readonly string column;
    private readonly ChannelMap map;
    private readonly MovingAverage options;
    private readonly VarianceEstimate estimate;
    private readonly ChannelMoments all;
    private readonly double[] mean;
    private readonly double[] variance;
    private readonly long[] batches;
    private ChannelMoments current;
    private int currentRows;

    // Waits for the batch behind it, which joins it if that is a single row.
    private ChannelMoments? complete;

    public MovingStatistics(string column, ChannelMap map, MovingAverage options, VarianceEstimate estimate)
    {
        this.column = column;
        this.map = map;
        this.options = options;
        this.estimate = estimate;
        all = new ChannelMoments(map.Channels);
        current = new ChannelMoments(map.Channels);
        mean = new double[map.Channels];
        variance = new double[map.Channels];
        variance.AsSpan().Fill(1);
        batches = new long[map.Channels];
    }

    public void Add<T>(ReadOnlySpan<T> rows, ReadOnlySpan<float> weights)
        where T : unmanaged, INumberBase<T>
    {
        while (!rows.IsEmpty)
        {
            var taken = Math.Min(options.BatchSize - currentRows, rows.Length / map.Slots);
            var (values, pixels) = (taken * map.Slots, taken * map.SlotsPerChannel);
            current.Add(rows[..values], weights.IsEmpty ? [] : weights[..pixels]);
            rows = rows[values..];
            weights = weights.IsEmpty ? [] : weights[pixels..];
            currentRows += taken;
            if (currentRows == options.BatchSize)
                CompleteBatch();
        }
    }

    public ColumnStatistics Finish()
    {
        if (currentRows == 1 && complete is not null)
            complete.Merge(current);
        else if (currentRows > 0)
            CompleteBatch();
        Follow(complete);
        return ColumnStatistics.Of(all, c => mean[c], c => all.SquaredDeviations(c) == 0 ? 0 : variance[c]);
    }

    private void CompleteBatch()
    {
        Follow(complete);
        complete = current;
        current = new ChannelMoments(map.Channels);
        currentRows = 0;
    }

    private void Follow(ChannelMoments? batch)
    {
        if (batch is null)
            return;
        for (var c = 0; c < mean.Length; c++)
        {
            if (batch.Count(c) < 2)
                continue;
            var weight = options.Momentum ?? 1.0 / ++batches[c];
            mean[c] += weight * (batch.Mean(c) - mean[c]);
            variance[c] += weight * (ColumnStatistics.VarianceOf(batch, c, column, estimate) - variance[c]);
        }

        all.Merge(batch);
    }
}
