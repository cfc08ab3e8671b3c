using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// A fixed-length block of float32 whose first element lies on a 64-byte boundary and never moves, so that kernels may hold pointers into
/// it and every full vector is one cache line. Zeroed when made. Ordinary garbage-collected memory: there is nothing to dispose.
/// </summary>
internal sealed unsafe class AlignedBuffer
{
    /// <summary>One cache line, and one AVX-512 vector.</summary>
    public const int AlignmentInBytes = 64;

    /// <summary>Elements of a cache line.</summary>
    public const int LineLength = AlignmentInBytes / sizeof(float);

    // Of all empty ones, of which a network has many.
    private static readonly float[] Nothing = GC.AllocateArray<float>(LineLength, pinned: true);

    private readonly float[] storage;
    private readonly int offset;

    /// <summary>Allocates <paramref name="length"/> zeros.</summary>
    /// <param name="length">Number of elements, 0 or more.</param>
    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        storage = length == 0 ? Nothing : GC.AllocateArray<float>(length + LineLength, pinned: true);
        Length = length;
        var first = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(storage));
        Pointer = Align(first);
        offset = (int)(Pointer - first);
    }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>
    /// The first element. Valid as long as this object is reachable: callers that keep only the pointer must keep the buffer alive.
    /// </summary>
    public float* Pointer { get; }

    /// <summary>All elements.</summary>
    public Span<float> Span => storage.AsSpan(offset, Length);

    /// <summary><paramref name="length"/> and what is missing to whole cache lines, which are whole vectors of every width.</summary>
    /// <exception cref="OverflowException">The result is no <see cref="int"/>.</exception>
    public static int WholeLines(int length) => checked((length + LineLength - 1) / LineLength * LineLength);

    /// <summary>The first address from <paramref name="pointer"/> on that is a multiple of <see cref="AlignmentInBytes"/>.</summary>
    public static float* Align(float* pointer) =>
        (float*)(((nuint)pointer + AlignmentInBytes - 1) & ~(nuint)(AlignmentInBytes - 1));
}
