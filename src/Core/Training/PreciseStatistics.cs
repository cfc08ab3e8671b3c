using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Replaces the running averages of a trained network's batch norm layers by statistics of training rows drawn at random.
/// </summary>
internal static class PreciseStatistics
{
    /// <summary>
    /// Recomputes the statistics as <see cref="Network.RecomputeStatistics"/> does, over <paramref name="rows"/> rows, or over all if there
    /// are fewer. One row more than whole batches does not count, as it has no variance. Where <paramref name="beforeBatch"/> throws, the
    /// statistics are of no use.
    /// </summary>
    public static void Recompute(Network network, RowSource training, int rows, int batchSize, int seed, Action? beforeBatch = null)
    {
        using var batches = training.InBatches(batchSize);
        batches.Start(new CounterRandom((ulong)seed).Derive(RandomStream.Statistics));
        var chunks = new RowChunks(Math.Min(rows, training.Rows), batchSize);
        for (var i = 0; i < chunks.Count; i++)
        {
            beforeBatch?.Invoke();
            var batch = batches.Next();
            batch.Through(network, Pass.Calibration(isFirst: i == 0), Math.Min(chunks[i].Rows, batch.Rows));
        }
    }
}
