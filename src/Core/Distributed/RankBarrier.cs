namespace MLNet.BatchNorm.Core.Distributed;

/// <summary>
/// Where the ranks of one process wait for each other. Unlike System.Threading.Barrier it can be broken: nobody waits for a rank that has
/// ended.
/// </summary>
internal sealed class RankBarrier(int ranks)
{
    // The others of a small step come sooner than a sleeper would wake. With more ranks than processors they wait for this one's.
    private const int Spins = 2_000;

    private readonly object gate = new();
    private readonly int spins = ranks <= Environment.ProcessorCount ? Spins : 0;
    private int arrived;
    private int generation;
    private bool isBroken;

    /// <summary>Returns when all ranks have called it.</summary>
    /// <exception cref="InvalidOperationException">One of them never will.</exception>
    public void Wait()
    {
        int current;
        lock (gate)
        {
            ThrowIfBroken();
            current = generation;
            if (++arrived == ranks)
            {
                arrived = 0;
                Volatile.Write(ref generation, current + 1);
                Monitor.PulseAll(gate);
                return;
            }
        }

        for (var i = 0; i < spins && Volatile.Read(ref generation) == current; i++)
            Thread.SpinWait(1);
        lock (gate)
            while (generation == current)
            {
                ThrowIfBroken();
                Monitor.Wait(gate);
            }
    }

    /// <summary>A rank has ended, for good or ill: whoever waits for it now or later gets an exception.</summary>
    public void Break()
    {
        lock (gate)
        {
            isBroken = true;
            Monitor.PulseAll(gate);
        }
    }

    private void ThrowIfBroken()
    {
        if (isBroken)
            throw new InvalidOperationException("A rank waits for another one that has ended. All ranks must make the same calls.");
    }
}
