using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>
/// Batch statistics over the rows of all ranks, from what each has of its own. Everything is merged and added in the order of the ranks, so
/// that all come to the same numbers. Nothing is allocated after the first step.
/// </summary>
internal sealed class RankStatistics(int channels, float epsilon)
{
    private readonly ChannelMoments moments = new(channels);
    private readonly BatchStatistics ghost = new(channels, epsilon);
    private double[] own = new double[BatchStatistics.Length(channels)];

    /// <summary>Makes the statistics of this rank's rows those of all ranks' rows.</summary>
    public void Merge(BatchStatistics batch, Ranks ranks)
    {
        batch.CopyTo(own);
        batch.Merge(ranks.Gather(own.AsSpan(0, BatchStatistics.Length(channels))), moments);
    }

    /// <summary>Lets running statistics follow the ghost batches of all ranks, of which some may have fewer than others.</summary>
    public void Follow(IReadOnlyList<BatchStatistics> batches, int count, RunningStatistics running, Ranks ranks)
    {
        var most = 0;
        foreach (var batchesOfRank in ranks.Gather([count]))
            most = Math.Max(most, (int)batchesOfRank);
        var length = BatchStatistics.Length(channels);
        if (own.Length < most * length)
            own = new double[most * length];
        var mine = own.AsSpan(0, most * length);
        mine.Clear();
        for (var i = 0; i < count; i++)
            batches[i].CopyTo(mine[(i * length)..]);
        for (var all = ranks.Gather(mine); !all.IsEmpty; all = all[length..])
            if (ghost.Merge(all[..length], moments))
                running.Update(ghost);
    }

    /// <summary>
    /// Replaces sums over this rank's rows by those over all ranks' rows, times <paramref name="share"/>: kernels divide by this rank's
    /// rows.
    /// </summary>
    public void Sum(Span<float> products, Span<float> gradients, double share, Ranks ranks)
    {
        var sums = own.AsSpan(0, 2 * channels);
        for (var c = 0; c < channels; c++)
            (sums[c], sums[channels + c]) = (products[c], gradients[c]);
        ranks.Sum(sums);
        for (var c = 0; c < channels; c++)
            (products[c], gradients[c]) = ((float)(share * sums[c]), (float)(share * sums[channels + c]));
    }
}
