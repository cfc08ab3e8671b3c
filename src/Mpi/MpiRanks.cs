using MLNet.BatchNorm.Mpi;

namespace MLNet.BatchNorm;

/// <summary>
/// Ranks that are the processes of one MPI job, on one machine or many: what <c>mpirun</c>, Slurm's <c>srun</c>, an MPIJob of Kubernetes or
/// a job of Azure ML starts. Started without a launcher a process is alone, rank 0 of 1, so that the same program runs either way.
/// </summary>
/// <remarks>
/// Open MPI or MPICH (or a library with its handles) must be installed where the program runs. An exception that nobody catches ends the
/// whole job with its message; who catches one, and does not go on with the training, calls <see cref="Abort"/>, because the other ranks
/// would wait for ever. The model is an ordinary file, and loads without MPI.
/// </remarks>
/// <example>
/// <code>
/// using var ranks = MpiRanks.Start();
/// var ml = new MLContext(seed: 1);
/// var rows = ml.Data.LoadFromEnumerable(
///     ml.Data.CreateEnumerable&lt;Row&gt;(data, reuseRowObject: false).Where((_, i) => i % ranks.Count == ranks.Rank), data.Schema);
/// var options = new NeuralNetworkOptions { Ranks = ranks };
/// </code>
/// </example>
public sealed class MpiRanks : Ranks, IDisposable
{
    private const int Failed = 1;

    // Each of these is set by a launcher: Open MPI, MPICH and MS-MPI, PMIx.
    private static readonly string[] LauncherVariables = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"];

    private static int starts;

    private readonly MpiLibrary? library;
    private bool isDisposed;

    private MpiRanks(MpiLibrary? library)
    {
        this.library = library;
        (Rank, Count) = library is null ? (0, 1) : (library.Rank, library.Count);
    }

    /// <inheritdoc/>
    public override int Rank { get; }

    /// <inheritdoc/>
    public override int Count { get; }

    /// <summary>
    /// Starts MPI, once in a process. From then on an exception that nobody catches is written to the error stream with the number of the
    /// rank, and ends the processes of all ranks.
    /// </summary>
    /// <returns>This process's rank; to be disposed at the end, which waits for the other ranks.</returns>
    /// <exception cref="InvalidOperationException">
    /// It was started before, a launcher is there but no library of MPI is found, or the library cannot be started.
    /// </exception>
    public static MpiRanks Start()
    {
        if (Interlocked.Increment(ref starts) > 1)
            throw new InvalidOperationException("MPI starts once in a process. Keep what the first MpiRanks.Start() gave.");
        var library = MpiLibrary.Start();
        var launcher = LauncherVariables.FirstOrDefault(name => Environment.GetEnvironmentVariable(name) is not null);
        if (library is null && launcher is not null)
            throw new InvalidOperationException(
                $"A launcher started this process ({launcher} is set), but no library of MPI is found; looked for {MpiLibrary.Searched}. "
                + "Install the library of the launcher, on Debian openmpi-bin or mpich.");
        var ranks = new MpiRanks(library);
        if (ranks.Count > 1)
            AppDomain.CurrentDomain.UnhandledException += (_, thrown) => ranks.Abort($"{thrown.ExceptionObject}");
        return ranks;
    }

    /// <summary>Writes a message to the error stream, and ends the processes of all ranks with the exit code 1.</summary>
    /// <param name="message">Why; the number of the rank is added.</param>
    public void Abort(string message)
    {
        Console.Error.WriteLine($"Rank {Rank} of {Count} ends the job: {message}");
        library?.Abort(Failed);
        Environment.Exit(Failed);
    }

    /// <summary>Waits until all ranks have come here, and ends MPI. Nothing can be trained on these ranks after it.</summary>
    public void Dispose()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        library?.End();
    }

    internal override void Gather(ReadOnlySpan<byte> mine, Span<byte> all)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (library is null)
            mine.CopyTo(all);
        else
            library.Allgather(mine, all);
    }

    internal override void Exchange(ReadOnlySpan<byte> pieces, Span<byte> received)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (library is null)
            pieces.CopyTo(received);
        else
            library.Alltoall(pieces, received, pieces.Length / Count);
    }
}
