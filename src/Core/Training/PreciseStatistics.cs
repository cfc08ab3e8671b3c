using MLNet.BatchNorm.Core.Data;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Replaces the running averages of a trained network's batch norm layers by statistics of training rows drawn at random.
/// </summary>
internal static class PreciseStatistics
{
    /// <summary>Recomputes the statistics over <paramref name="rows"/> rows, or over all if there are fewer.</summary>
    public static void Recompute(Network network, RowSource training, int rows, int batchSize, int seed)
    {
        var features = new float[Math.Min(rows, training.Rows) * training.Inputs];
        using var batches = training.InBatches(batchSize);
        batches.Start(new CounterRandom((ulong)seed).Derive(RandomStream.Statistics));
        for (var filled = 0; filled < features.Length;)
        {
            var batch = batches.Next().Features;
            var taken = Math.Min(batch.Length, features.Length - filled);
            batch[..taken].CopyTo(features.AsSpan(filled));
            filled += taken;
        }

        network.RecomputeStatistics(features, batchSize);
    }
}
