using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Chooses by the clock how many threads the steps of a training use. More threads gain nothing where a step is short: what one core has
/// written must come over to the other, which takes from 30 to 200 ns a cache line, depending on where the cores lie. Results are the same
/// to the last bit for every number.
/// </summary>
/// <remarks>
/// Now and then it tries half and twice the number, for a few steps each, and keeps what had the shortest median. After a choice that
/// stands it waits twice as long before it tries again, so that trying takes less than a hundredth of a long training. Where several ranks
/// train together, a step includes waiting for the others.
/// </remarks>
internal sealed class StepThreads(TimeProvider clock)
{
    /// <summary>Steps that a number of threads is tried for. Those that wake the workers are the fewer half.</summary>
    public const int StepsOfTrial = 16;

    /// <summary>Steps until the first trial, and after a trial that changed the number.</summary>
    public const int LeastSteps = 64;

    private const int MostSteps = 8_192;

    // More threads must be worth what they take from others.
    private const double WorthIt = 0.95;

    // A step this long is worth sharing; with fewer threads it is not tried.
    private static readonly TimeSpan LongStep = TimeSpan.FromMilliseconds(3);

    private readonly long[] times = new long[StepsOfTrial];   // of the last steps
    private readonly Queue<int> untried = new(3);
    private int most;
    private int chosen;
    private int tried;
    private double shortest;
    private int best;
    private int steps;   // of the pause or of the number that is tried, so far
    private int pause = LeastSteps;

    /// <summary>Whether the next step is one of a trial.</summary>
    public bool IsTrying { get; private set; }

    /// <summary>Threads of the next step.</summary>
    public int Threads => IsTrying ? tried : chosen;

    /// <summary>Limits the threads of one step, from here until the result is disposed.</summary>
    public Step Start()
    {
        if (most != BlockRunner.Threads)
        {
            (most, chosen, IsTrying, steps, pause) = (BlockRunner.Threads, BlockRunner.Threads, false, 0, LeastSteps);
            untried.Clear();
        }

        return new Step(this, clock.GetTimestamp(), BlockRunner.Limit(Threads));
    }

    private void End(long started)
    {
        if (most == 1)
            return;
        times[steps++ % StepsOfTrial] = clock.GetTimestamp() - started;
        if (IsTrying && steps == StepsOfTrial)
            EndTry(Median());
        else if (!IsTrying && steps >= pause)
            EndPause(isLong: clock.GetElapsedTime(0, Median()) >= LongStep);
    }

    private void EndPause(bool isLong)
    {
        steps = 0;
        if (isLong && chosen == most)
            return;
        if (chosen > 1 && !isLong)
            untried.Enqueue(chosen / 2);
        untried.Enqueue(chosen);
        if (chosen < most)
            untried.Enqueue(Math.Min(2 * chosen, most));
        (IsTrying, shortest, tried) = (true, double.PositiveInfinity, untried.Dequeue());
    }

    private void EndTry(long time)
    {
        steps = 0;
        if (time < WorthIt * shortest)
            (shortest, best) = (time, tried);
        if (untried.TryDequeue(out tried))
            return;
        pause = best == chosen ? Math.Min(2 * pause, MostSteps) : LeastSteps;
        (IsTrying, chosen) = (false, best);
    }

    // A batch that is smaller than the others, as the last of an epoch, and a step that was held up do not change it much.
    private long Median()
    {
        Array.Sort(times);
        return times[StepsOfTrial / 2];
    }

    /// <summary>One step, timed.</summary>
    public readonly ref struct Step
    {
        private readonly StepThreads owner;
        private readonly long started;
        private readonly BlockRunner.ThreadLimit limit;

        public Step(StepThreads owner, long started, BlockRunner.ThreadLimit limit)
        {
            this.owner = owner;
            this.started = started;
            this.limit = limit;
        }

        public void Dispose()
        {
            limit.Dispose();
            owner.End(started);
        }
    }
}
