using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Work cut into blocks that may run in any order, each once, on any thread. Blocks must not write to each other's outputs.
/// </summary>
internal interface IBlockJob
{
    void Run(int block);
}

/// <summary>
/// Runs the blocks of a job on the calling thread and on a few background workers. The one place where threads live.
/// </summary>
/// <remarks>
/// A job decides its blocks without looking at the number of threads wherever their number affects rounding; then results are the same to
/// the last bit for every number of threads. Small work, a second caller at the same time and a job inside a job run on the calling thread
/// alone. Workers spin for about 0.1 ms after work so that the next job of a training step costs a fraction of a microsecond to hand over,
/// yield for a while, then sleep; they are background threads and never keep the process alive. Nothing is allocated after the workers have
/// started.
/// </remarks>
internal static unsafe class RowPartition
{
    /// <summary>Upper limit of blocks in one job.</summary>
    public const int MaxBlocks = ushort.MaxValue;

    // Operations are float operations of a well-fed core, about 100 to 200 a nanosecond: handing over pays from 1 us of work, waking a
    // sleeper from 0.1 ms.
    private const long WorthSharing = 200_000;
    private const long WorthWaking = 20_000_000;

    private const int IdleSpins = 3_000;
    private const int IdleYields = 400;
    private const int JoinSpins = 1_000;

    private static readonly Lock Growing = new();
    private static readonly SemaphoreSlim Sleep = new(0);

    [ThreadStatic]
    private static int limit;

    private static Shared shared;
    private static void* job;
    private static delegate*<void*, int, void> invoke;
    private static ExceptionDispatchInfo? failure;
    private static int busy;
    private static int started;
    private static uint generation;
    private static long postponed;

    /// <summary>
    /// The largest number of threads that one call may use, the calling thread included. By default the processors of this process.
    /// </summary>
    public static int MaxThreads
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>Number of threads that a job started here and now may use.</summary>
    public static int Threads => limit == 0 ? MaxThreads : Math.Min(limit, MaxThreads);

    /// <summary>Limits the jobs that the current thread starts until the result is disposed.</summary>
    /// <param name="threads">1 or more; 1 keeps everything on the current thread.</param>
    public static ThreadLimit Limit(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var before = limit;
        limit = threads;
        return new ThreadLimit(before);
    }

    /// <summary>
    /// Whether work of this size would be shared between threads: lets a caller choose fewer, larger blocks where it would not.
    /// </summary>
    /// <param name="operations">About how many float operations; memory-bound work counts 16 per float moved.</param>
    public static bool IsShared(long operations) => operations >= WorthSharing && Threads > 1;

    /// <summary>Part number <paramref name="index"/> of a length cut into <paramref name="count"/> parts of nearly equal size.</summary>
    public static (int First, int End) Part(int length, int index, int count) =>
        ((int)((long)length * index / count), (int)((long)length * (index + 1) / count));

    /// <summary>Runs every block of <paramref name="job"/> and returns when all are done.</summary>
    /// <param name="job">Shared by all threads by reference.</param>
    /// <param name="blocks">0 to <see cref="MaxBlocks"/>.</param>
    /// <param name="operations">As for <see cref="IsShared"/>.</param>
    public static void Run<TJob>(ref TJob job, int blocks, long operations)
        where TJob : struct, IBlockJob, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks, MaxBlocks);
        if (blocks > 1 && IsShared(operations) && Interlocked.CompareExchange(ref busy, 1, 0) == 0)
        {
            try
            {
                if (WorkersAreWorthIt(operations))
                {
                    // The job is on the caller's stack or pinned by it, and the caller waits here until no worker holds the pointer.
                    fixed (byte* pinned = &Unsafe.As<TJob, byte>(ref job))
                        Share(pinned, &InvokeBlock<TJob>, blocks);
                    return;
                }
            }
            finally
            {
                Volatile.Write(ref busy, 0);
            }
        }

        for (var block = 0; block < blocks; block++)
            job.Run(block);
    }

    private static void InvokeBlock<TJob>(void* job, int block)
        where TJob : struct, IBlockJob, allows ref struct => Unsafe.AsRef<TJob>(job).Run(block);

    /// <summary>Sleeping workers are woken for large work at once, and for small work when enough of it has come by.</summary>
    private static bool WorkersAreWorthIt(long operations)
    {
        if (started < MaxThreads - 1)
            StartWorkers();
        if (Volatile.Read(ref shared.Sleepers) < started)
            return true;
        postponed += operations;
        if (postponed < WorthWaking)
            return false;
        postponed = 0;
        return true;
    }

    private static void Share(void* newJob, delegate*<void*, int, void> newInvoke, int blocks)
    {
        var seats = Math.Min(Threads, blocks) - 1;
        job = newJob;
        invoke = newInvoke;
        shared.Finished = 0;
        failure = null;
        Volatile.Write(ref shared.Seats, seats);
        Interlocked.Exchange(ref shared.Ticket, BlockTicket.Open(++generation, blocks));
        Wake(seats);

        var own = 0;
        var unclaimed = 0;
        try
        {
            // From the front, while workers claim from the back: in consecutive jobs over the same rows a thread meets what is in its
            // cache.
            while (BlockTicket.TryClaimFirst(ref shared.Ticket, out var block))
            {
                own++;
                newInvoke(newJob, block);
            }
        }
        finally
        {
            unclaimed = BlockTicket.Close(ref shared.Ticket);
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

    private static void StartWorkers()
    {
        lock (Growing)
        {
            for (; started < MaxThreads - 1; started++)
                new Thread(Work) { IsBackground = true, Name = $"MLNet.BatchNorm numerics {started + 1}" }.Start();
        }
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

    /// <summary>Ends a limit set by <see cref="Limit"/> on the current thread.</summary>
    public readonly ref struct ThreadLimit(int before)
    {
        public void Dispose() => limit = before;
    }
}
