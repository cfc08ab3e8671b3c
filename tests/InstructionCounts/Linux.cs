using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.InstructionCounts;

/// <summary>What stepping needs of the C library: ptrace(2), waitpid(2), raise(3), posix_spawn(3), sched_setaffinity(2).</summary>
internal static partial class Linux
{
    // Requests of ptrace.
    public const int TraceMe = 0, PeekUser = 3, Continue = 7, SingleStep = 9;

    // Numbers of signals.
    public const int Trap = 5, User1 = 10;

    /// <summary>Option of waitpid: for threads of a traced process as well.</summary>
    public const int AllThreads = 0x40000000;

    /// <summary>Where <see cref="PeekUser"/> finds the address of the next instruction of an x64 process.</summary>
    public const int InstructionPointer = 16 * sizeof(long);

    [LibraryImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    public static partial nint Trace(nint request, int process, nint address, nint data);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int Wait(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "raise")]
    public static partial int Raise(int signal);

    /// <summary>Binds a thread, 0 for the calling one, and what it starts, to processors: a bit for each.</summary>
    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    public static partial int SetAffinity(int thread, nint size, in ulong processors);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Spawn(
        out int process, string path, nint fileActions, nint attributes, string?[] arguments, string?[] environment);
}
