using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Replaces the running averages of a trained network's batch norm layers by statistics of training rows drawn at random.
/// </summary>
internal static class PreciseStatistics
{
    /// <summary>
    /// Recomputes the statistics as <see cref="Network.RecomputeStatistics"/> does, over <paramref name="rows"/> rows, or over all if there
    /// are fewer. One row more than whole batches does not count, as it has no variance. Of several ranks each brings its share of the
    /// rows, as many as the one with the fewest. Where <paramref name="beforeBatch"/> throws, the statistics are of no use.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="training">The rows of this rank.</param>
    /// <param name="rows">How many to take, from all ranks together; at least 2.</param>
    /// <param name="settings">Batch size, ranks, and what decides which rows.</param>
    /// <param name="beforeBatch">Called before each batch, as often on every rank.</param>
    public static void Recompute(
        Network network, RowSource training, int rows, TrainingSettings settings, Action? beforeBatch = null)
    {
        using var batches = training.InBatches(settings.RowsPerRank);
        batches.Start(settings.Random.Derive(RandomStream.Statistics));
        var available = settings.Ranks.All(training.Rows);
        var chunks = new RowChunks(Math.Min(Math.Max(2, rows / available.Length), available.Min()), settings.RowsPerRank);
        for (var i = 0; i < chunks.Count; i++)
        {
            beforeBatch?.Invoke();
            var batch = batches.Next();
            batch.Through(network, Pass.Calibration(isFirst: i == 0, settings.Ranks), Math.Min(chunks[i].Rows, batch.Rows));
        }
    }
}
