using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Mpi;

/// <summary>
/// The MPI library of this machine, found at run time: Open MPI, MPICH, or one with the handles of MPICH, as Intel MPI, MVAPICH and MS-MPI
/// have them. The functions are those of the MPI standard, of which bytes are all that is sent.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    private const int Success = 0;

    // MPI_THREAD_SERIALIZED: calls may come from any thread, one at a time.
    private const int Serialized = 2;

    // MPICH's constants for MPI_COMM_WORLD and MPI_BYTE; those of Open MPI are addresses.
    private const nint MpichWorld = 0x44000000, MpichByte = 0x4c00010d;

    private static readonly string[] Names = ["libmpi.so.40", "libmpi.so.12", "libmpich.so.12", "libmpi.dylib", "msmpi.dll"];

    private readonly nint library;
    private readonly nint world, bytes;
    private readonly delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, int> allgather, alltoall;

    private MpiLibrary(nint library)
    {
        this.library = library;
        var isOpenMpi = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out world);
        if (isOpenMpi)
            bytes = Export("ompi_mpi_byte");
        else
            (world, bytes) = (MpichWorld, MpichByte);
        allgather = (delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, int>)Export("MPI_Allgather");
        alltoall = (delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, int>)Export("MPI_Alltoall");
    }

    /// <summary>What is looked for, in this order.</summary>
    public static string Searched => string.Join(", ", Names);

    /// <summary>Starts MPI, which a process does once; null where no library is installed.</summary>
    /// <exception cref="InvalidOperationException">The library cannot be started.</exception>
    public static MpiLibrary? Start()
    {
        foreach (var name in Names)
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                var library = new MpiLibrary(handle);
                library.Initialize();
                return library;
            }
        return null;
    }

    public int Rank => Ask("MPI_Comm_rank");

    public int Count => Ask("MPI_Comm_size");

    /// <summary>Every rank's bytes to all ranks, in the order of the ranks.</summary>
    public void Allgather(ReadOnlySpan<byte> mine, Span<byte> all)
    {
        fixed (byte* send = mine, receive = all)
            Check(allgather(send, mine.Length, bytes, receive, mine.Length, bytes, world), "MPI_Allgather");
    }

    /// <summary>A piece from each rank to each rank.</summary>
    /// <param name="pieces">A piece for each rank.</param>
    /// <param name="received">A piece of each rank.</param>
    /// <param name="length">Bytes of a piece.</param>
    public void Alltoall(ReadOnlySpan<byte> pieces, Span<byte> received, int length)
    {
        fixed (byte* send = pieces, receive = received)
            Check(alltoall(send, length, bytes, receive, length, bytes, world), "MPI_Alltoall");
    }

    /// <summary>Waits for all ranks and ends MPI.</summary>
    public void End() => Check(((delegate* unmanaged[Cdecl]<int>)Export("MPI_Finalize"))(), "MPI_Finalize");

    /// <summary>Ends the processes of all ranks, this one too.</summary>
    public void Abort(int exitCode) => ((delegate* unmanaged[Cdecl]<nint, int, int>)Export("MPI_Abort"))(world, exitCode);

    private void Initialize()
    {
        var initialize = (delegate* unmanaged[Cdecl]<int*, byte***, int, int*, int>)Export("MPI_Init_thread");
        int provided;
        Check(initialize(null, null, Serialized, &provided), "MPI_Init_thread");
        if (provided < Serialized)
            throw new InvalidOperationException(
                $"The MPI library takes calls from its first thread alone (level {provided}); level {Serialized}, MPI_THREAD_SERIALIZED, "
                + "is needed, as .NET chooses the thread. Use a library that was built with threads.");
    }

    private int Ask(string function)
    {
        int answer;
        Check(((delegate* unmanaged[Cdecl]<nint, int*, int>)Export(function))(world, &answer), function);
        return answer;
    }

    private nint Export(string name) => NativeLibrary.GetExport(library, name);

    // By the default handler of MPI an error ends the job; a library may return it all the same.
    private static void Check(int code, string function)
    {
        if (code != Success)
            throw new InvalidOperationException($"{function} failed with the error code {code} of the MPI library.");
    }
}
