using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>The background threads of <see cref="BlockRunner"/>: how they get work, wait for it and sleep.</summary>
internal static unsafe class BlockWorkers
{
    // Waking a sleeper pays from about 0.1 ms of work on, in the unit of BlockRunner.IsShared.
    private const long WorthWaking = 20_000_000;

    private const int IdleSpins = 3_000;
    private const int IdleYields = 400;
    private const int JoinSpins = 1_000;

    private static readonly SemaphoreSlim Sleep = new(0);

    private static Shared shared;
    private static void* job;
    private static delegate*<void*, int, void> invoke;
    private static ExceptionDispatchInfo? failure;
    private static int busy;
    private static int started;
    private static uint generation;
    private static long postponed;

    /// <summary>
    /// Runs all blocks on the calling thread and up to <paramref name="helpers"/> workers. Or does nothing and returns false: where another
    /// caller has the workers, or they sleep and the work is too small to wake them.
    /// </summary>
    public static bool TryShare(void* newJob, delegate*<void*, int, void> newInvoke, int blocks, int helpers, long operations)
    {
        if (Interlocked.CompareExchange(ref busy, 1, 0) != 0)
            return false;
        try
        {
            for (; started < helpers; started++)
                new Thread(Work) { IsBackground = true, Name = $"MLNet.BatchNorm numerics {started + 1}" }.UnsafeStart();
            if (!AreWorthIt(operations))
                return false;
            Share(newJob, newInvoke, blocks, helpers);
            return true;
        }
        finally
        {
            Volatile.Write(ref busy, 0);
        }
    }

    /// <summary>Sleeping workers are woken for large work at once, and for small work when enough of it has come by.</summary>
    private static bool AreWorthIt(long operations)
    {
        if (Volatile.Read(ref shared.Sleepers) < started)
            return true;
        postponed += operations;
        if (postponed < WorthWaking)
            return false;
        postponed = 0;
        return true;
    }

    private static void Share(void* newJob, delegate*<void*, int, void> newInvoke, int blocks, int helpers)
    {
        var seats = Math.Min(helpers, blocks - 1);
        job = newJob;
        invoke = newInvoke;
        shared.Finished = 0;
        failure = null;
        Volatile.Write(ref shared.Seats, seats);
        Interlocked.Exchange(ref shared.Ticket, BlockTicket.Open(++generation, blocks));
        Wake(seats);

        var own = 0;
        try
        {
            // From the front, while workers claim from the back: in consecutive jobs over the same rows a thread meets what it has cached.
            while (BlockTicket.TryClaimFirst(ref shared.Ticket, out var block))
            {
                own++;
                newInvoke(newJob, block);
            }
        }
        finally
        {
            var unclaimed = BlockTicket.Close(ref shared.Ticket);
            WaitFor(blocks - own - unclaimed);
            job = null;
        }

        if (Interlocked.Exchange(ref failure, null) is { } thrown)
            thrown.Throw();
    }

    /// <summary>
    /// Waits only for blocks already begun: a worker without a processor of its own holds up nothing that it has not claimed.
    /// </summary>
    private static void WaitFor(int blocksOfWorkers)
    {
        for (var spins = 0; Volatile.Read(ref shared.Finished) < blocksOfWorkers; spins++)
        {
            if (spins < JoinSpins)
                Thread.SpinWait(1);
            else
                Thread.Yield();
        }
    }

    // A worker on its way to sleep may miss the call; it is only help, and the next call wakes it.
    private static void Wake(int seats)
    {
        var woken = Math.Min(seats, Volatile.Read(ref shared.Sleepers));
        if (woken == 0)
            return;
        Interlocked.Add(ref shared.Sleepers, -woken);
        Sleep.Release(woken);
    }

    private static void Work()
    {
        var idle = 0;
        while (true)
        {
            if (TryJoin())
                idle = 0;
            else if (idle++ < IdleSpins)
                Thread.SpinWait(1);
            else if (idle < IdleSpins + IdleYields)
                Thread.Yield();
            else
            {
                Interlocked.Increment(ref shared.Sleepers);
                Sleep.Wait();
                idle = 0;
            }
        }
    }

    private static bool TryJoin()
    {
        if (!BlockTicket.HasUnclaimed(ref shared.Ticket))
            return false;
        if (Volatile.Read(ref shared.Seats) <= 0 || Interlocked.Decrement(ref shared.Seats) < 0)
            return false;
        while (BlockTicket.TryClaimLast(ref shared.Ticket, out var block))
        {
            try
            {
                invoke(job, block);
            }
            catch (Exception thrown)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(thrown), null);
            }

            Interlocked.Increment(ref shared.Finished);
        }

        return true;
    }

    /// <summary>What several threads write, each on a pair of cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 640)]
    private struct Shared
    {
        [FieldOffset(128)]
        public ulong Ticket;

        [FieldOffset(256)]
        public int Seats;

        [FieldOffset(384)]
        public int Finished;

        [FieldOffset(512)]
        public int Sleepers;
    }
}
