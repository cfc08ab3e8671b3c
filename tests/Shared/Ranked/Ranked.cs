namespace MLNet.BatchNorm.Tests;

/// <summary>What several ranks do together, as threads. A rank that waits for ever fails the test in place of holding it up.</summary>
internal static class Ranked
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>What each rank returns, in the order of the ranks.</summary>
    public static T[] Run<T>(int count, Func<Ranks, T> action)
    {
        var results = new T[count];
        if (Failure(count, ranks => results[ranks.Rank] = action(ranks)) is { } failure)
            throw new InvalidOperationException($"The ranks ended with: {failure.Message}", failure);
        return results;
    }

    /// <summary>What <see cref="ThreadRanks.Run"/> throws; null: nothing.</summary>
    public static Exception? Failure(int count, Action<Ranks> action)
    {
        Exception? failure = null;
        var run = new Thread(() => failure = Record(() => ThreadRanks.Run(count, action))) { IsBackground = true };
        run.Start();
        return run.Join(Limit) ? failure : throw new TimeoutException($"The ranks still run after {Limit}.");
    }

    private static Exception? Record(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception thrown)
        {
            return thrown;
        }
    }
}
