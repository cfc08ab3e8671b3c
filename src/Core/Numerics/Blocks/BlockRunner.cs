using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Work cut into blocks that may run in any order, each once, on any thread. Blocks must not write to each other's outputs.
/// </summary>
/// <remarks>
/// Where <see cref="Run"/> holds a kernel, it is not inlined: in the middle of what the JIT has inlined around it, its sums would not all
/// stay in registers.
/// </remarks>
internal interface IBlockJob
{
    void Run(int block);
}

/// <summary>
/// Runs the blocks of a job on the calling thread and on the few background threads of <see cref="BlockWorkers"/>.
/// </summary>
/// <remarks>
/// A job decides its blocks without looking at the number of threads wherever their number affects rounding; then results are the same to
/// the last bit for every number of threads. Small work, a second caller at the same time and a job inside a job run on the calling thread
/// alone. Workers spin for about 0.1 ms after work so that the next job of a training step costs a fraction of a microsecond to hand over,
/// yield for a while, then sleep; they are background threads and never keep the process alive. Nothing is allocated after the workers have
/// started.
/// </remarks>
internal static unsafe class BlockRunner
{
    /// <summary>Upper limit of blocks in one job.</summary>
    public const int MaxBlocks = ushort.MaxValue;

    // Operations are float operations of a well-fed core, about 100 to 200 a nanosecond. Handing over costs a fraction of a microsecond,
    // but what the other core has written must come over for the next job: sharing pays from 2 to 5 us of work on where the cores are near.
    private const long WorthSharing = 500_000;

    [ThreadStatic]
    private static int limit;

    /// <summary>Number of threads that a job started here and now may use.</summary>
    public static int Threads => limit == 0 ? NumericsThreads.Max : Math.Min(limit, NumericsThreads.Max);

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
        if (blocks > 1 && IsShared(operations))
        {
            // Pinned because the workers hold the pointer; they let go of it before TryShare returns.
            fixed (byte* pinned = &Unsafe.As<TJob, byte>(ref job))
            {
                if (BlockWorkers.TryShare(pinned, &InvokeBlock<TJob>, blocks, Threads - 1, operations))
                    return;
            }
        }

        for (var block = 0; block < blocks; block++)
            job.Run(block);
    }

    private static void InvokeBlock<TJob>(void* job, int block)
        where TJob : struct, IBlockJob, allows ref struct => Unsafe.AsRef<TJob>(job).Run(block);

    /// <summary>Ends a limit set by <see cref="Limit"/> on the current thread.</summary>
    public readonly ref struct ThreadLimit(int before)
    {
        public void Dispose() => limit = before;
    }
}
