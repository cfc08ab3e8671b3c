namespace MLNet.BatchNorm.Core.Training;

/// <summary>Whether training is to end before its last step. All ranks hear the same: one that is cancelled ends all.</summary>
internal sealed class TrainingStop(TrainingSettings settings, TrainingClock clock)
{
    /// <summary>Why training ends; null: it goes on.</summary>
    public StopReason? Reason { get; private set; }

    /// <summary>Time since training began, as it was asked last; on all ranks that of the slowest.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Asks whether to go on.</summary>
    /// <exception cref="OperationCanceledException">No.</exception>
    public void ThrowIfOver()
    {
        var isCancelled = settings.IsCancelled();
        Elapsed = clock.Elapsed;
        if (settings.Ranks is { } ranks)
            (isCancelled, Elapsed) = OnAll(ranks, isCancelled, Elapsed);
        if (isCancelled)
            Reason = StopReason.Cancelled;
        else if (Elapsed >= settings.TimeLimit)
            Reason = StopReason.TimeLimit;
        if (Reason is { } reason)
            throw new OperationCanceledException($"Training ends: {reason}.");
    }

    private static (bool IsCancelled, TimeSpan Elapsed) OnAll(Ranks ranks, bool isCancelled, TimeSpan elapsed)
    {
        var slowest = 0.0;
        var all = ranks.Gather([isCancelled ? 1 : 0, elapsed.Ticks]);
        for (; !all.IsEmpty; all = all[2..])
        {
            isCancelled |= all[0] == 1;
            slowest = Math.Max(slowest, all[1]);
        }

        return (isCancelled, new TimeSpan((long)slowest));
    }
}
