using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Four vectors that lie side by side in memory, of factors that stay the same for some rows.</summary>
/// <remarks>
/// 64 lanes of AVX-512: a few rows are read and written 256 bytes at a time. Where they come from memory, one vector of each row after the
/// other takes up to twice as long, narrow rows above all: the hardware prefetches what is read from front to back.
/// </remarks>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe struct FourVectors<TVector>(float* source)
    where TVector : struct, ISimd<TVector>
{
    public const int Count = 4;

    public readonly TVector V0 = TVector.Load(source);
    public readonly TVector V1 = TVector.Load(source + TVector.Count);
    public readonly TVector V2 = TVector.Load(source + (2 * TVector.Count));
    public readonly TVector V3 = TVector.Load(source + (3 * TVector.Count));
}
