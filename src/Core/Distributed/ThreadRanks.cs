using System.Runtime.ExceptionServices;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>
/// Ranks that are threads of this process: to use a machine of many cores with one core for each rank, and to try what several machines
/// will do; the model is the same to the last bit.
/// </summary>
/// <example>
/// <code>
/// IDataView[] parts = [ml.Data.TakeRows(data, 40), ml.Data.TakeRows(ml.Data.SkipRows(data, 40), 40), ml.Data.SkipRows(data, 80)];
/// var models = new ITransformer[parts.Length];
/// ThreadRanks.Run(parts.Length, ranks =>
/// {
///     var options = new NeuralNetworkOptions { Ranks = ranks, LabelColumnName = "IsSick", BatchSize = 30, Epochs = 5, Seed = 1 };
///     var ml = new MLContext(seed: 1);
///     models[ranks.Rank] = ml.BinaryClassification.Trainers.NeuralNetwork(options).Fit(parts[ranks.Rank]);
/// });
/// </code>
/// </example>
public static class ThreadRanks
{
    /// <summary>
    /// Runs an action once for each rank, all at the same time, and returns when all are done. The threads that numeric work may use
    /// (<see cref="NumericsThreads"/>) are shared evenly among the ranks.
    /// </summary>
    /// <param name="count">How many ranks; positive.</param>
    /// <param name="action">What each does, with itself as argument. It is called from several threads at once.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    /// <exception cref="Exception">
    /// What the first rank threw that threw something; the others end as soon as they would wait for it.
    /// </exception>
    public static void Run(int count, Action<Ranks> action)
    {
        Require.Positive(count, nameof(count));
        ArgumentNullException.ThrowIfNull(action);
        var barrier = new RankBarrier(count);
        var ranks = new ThreadRank[count];
        for (var rank = 0; rank < count; rank++)
            ranks[rank] = new ThreadRank(ranks, rank, barrier);
        var limit = Math.Max(1, BlockRunner.Threads / count);
        ExceptionDispatchInfo? failure = null;

        Thread[] threads = [.. ranks.Select(rank => new Thread(() => Work(rank)) { Name = $"MLNet.BatchNorm rank {rank.Rank}" })];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        failure?.Throw();

        void Work(Ranks rank)
        {
            try
            {
                using var threads = BlockRunner.Limit(limit);
                action(rank);
            }
            catch (Exception thrown)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(thrown), null);
            }
            finally
            {
                barrier.Break();
            }
        }
    }
}
