using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Asks bit by bit, while products compute, for the memory that the next transforms will read or write. They have so little to compute that
/// they would wait for most of it: a tile takes a few pixels of each of several rows, which the hardware does not foresee.
/// </summary>
internal unsafe struct WinogradPrefetch
{
    private const int CacheLine = 64;

    private Stream first, second;

    /// <param name="first">Memory of the first kind, of which a share is asked for at each step.</param>
    /// <param name="second">Memory of the second kind.</param>
    /// <param name="steps">Number of steps to come.</param>
    public WinogradPrefetch(AddressRange first, AddressRange second, int steps) =>
        (this.first, this.second) = (new Stream(first, steps), new Stream(second, steps));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step()
    {
        first.Step();
        second.Step();
    }

    private struct Stream(AddressRange memory, int steps)
    {
        private readonly nint end = memory.End;
        private readonly nint share = ((memory.End - memory.First) / CacheLine / steps + 1) * CacheLine;
        private nint at = memory.First;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step()
        {
            for (var stop = Math.Min(end, at + share); at < stop; at += CacheLine)
                Simd.Prefetch((void*)at);
        }
    }
}

/// <summary>Memory between two addresses, which need not be valid.</summary>
internal readonly record struct AddressRange(nint First, nint End);
