using Microsoft.ML;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Transforms.Fitting;

namespace MLNet.BatchNorm;

/// <summary>
/// Statistics fitted shard by shard, each kept in a file, for jobs that know no more than their number: an Indexed Job of Kubernetes, a
/// task of Azure Batch, a loop in a shell. Files that are there are not fitted again, so that a job that was ended is simply started again.
/// </summary>
/// <remarks>
/// Shard 3 of 8 is in <c>part-0003-of-0008.zip</c>, an ordinary model. The result has the same bits as
/// <see cref="BatchNormalizationEstimator.Fit(int, Func{int, IDataView}, Ranks?)"/> over the same shards.
/// </remarks>
/// <example>
/// <code>
/// IDataView[] views = [ml.Data.TakeRows(data, 60), ml.Data.SkipRows(data, 60)];
/// var estimator = ml.Transforms.BatchNormalization("Features");
/// var parts = new ShardFiles("parts", count: 2);
/// for (var shard = 0; shard &lt; parts.Count; shard++)        // or each in a process of its own
///     parts.Fit(estimator, shard, () => views[shard]);
/// var model = parts.Merge();
/// Console.WriteLine(model.Columns[0].Count);   // 120
/// </code>
/// </example>
public sealed class ShardFiles
{
    private readonly string folder;

    /// <summary>Names the files; none is written or read yet.</summary>
    /// <param name="folder">Where the files are, the same for all processes; made when the first is written.</param>
    /// <param name="count">How many shards there are; positive.</param>
    /// <exception cref="ArgumentException">The folder is empty, or the count not positive.</exception>
    public ShardFiles(string folder, int count)
    {
        this.folder = Require.NotEmpty(folder, nameof(folder));
        Count = Require.Positive(count, nameof(count));
    }

    /// <summary>How many shards there are.</summary>
    public int Count { get; }

    /// <summary>
    /// Fits one shard and writes its file, which appears as a whole, unless it is there already. A file that cannot be read as a part is
    /// replaced.
    /// </summary>
    /// <param name="estimator">The same for all shards, without a moving average or learned affine.</param>
    /// <param name="shard">Number of the shard, from 0.</param>
    /// <param name="open">Opens its data; called only where it is fitted. Data without rows counts as nothing.</param>
    /// <returns>Whether it was fitted; false: its file was there.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    /// <exception cref="ArgumentException">The options are such that parts do not determine the whole.</exception>
    /// <exception cref="InvalidOperationException">
    /// The file that is there was fitted with other options; or the data does not fit the options, or has a value that is not finite.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written or read.</exception>
    public bool Fit(BatchNormalizationEstimator estimator, int shard, Func<IDataView> open)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(open);
        if (shard < 0 || shard >= Count)
            throw new ArgumentOutOfRangeException(nameof(shard), shard, $"The shards are numbered from 0 to {Count - 1}.");
        estimator.RefuseInexact();

        var path = PathOf(shard);
        if (TryRead(path, out var there))
            return there is null || estimator.HasOptionsOf(there) ? false : throw new InvalidOperationException(
                $"'{path}' was fitted with other columns or options. Choose another folder, or delete the files of this one.");

        var part = ShardPart.Save(estimator.FitShard(open(), shard));
        Directory.CreateDirectory(folder);
        WholeFile.WriteAtOnce(path, stream => stream.Write(part));
        return true;
    }

    /// <summary>What fitting on all shards gives, merged in the order of their numbers.</summary>
    /// <returns>The transformer with the statistics of all shards.</returns>
    /// <exception cref="InvalidOperationException">
    /// Files are missing or cannot be read, which are named by their numbers; or no shard has rows.
    /// </exception>
    /// <exception cref="ArgumentException">The parts have other columns or options; the parameter is the first that differs.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public BatchNormalizationTransformer Merge()
    {
        var parts = new BatchNormalizationTransformer?[Count];
        int[] missing = [.. Enumerable.Range(0, Count).Where(shard => !TryRead(PathOf(shard), out parts[shard]))];
        return missing.Length == 0
            ? BatchNormalizationTransformer.MergeShards(parts)
            : throw new InvalidOperationException(
                $"{missing.Length} of {Count} parts in '{folder}' are missing or cannot be read: {Numbers(missing)}. Fit them first.");
    }

    // The count is part of the name, so that parts of another division are never taken for these.
    private string PathOf(int shard) => Path.Combine(folder, $"part-{shard:0000}-of-{Count:0000}.zip");

    private static string Numbers(int[] shards)
    {
        const int shown = 10;
        return string.Join(", ", shards.Take(shown)) + (shards.Length > shown ? " ..." : "");
    }

    private static bool TryRead(string path, out BatchNormalizationTransformer? part)
    {
        part = null;
        if (!File.Exists(path))
            return false;
        var bytes = File.ReadAllBytes(path);
        try
        {
            part = ShardPart.Read(bytes);
            return true;
        }
        catch (Exception damaged) when (damaged is not OutOfMemoryException)
        {
            return false;
        }
    }
}
