using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// One register of float32 lanes. Kernels are written once over this interface; the JIT compiles each for the register type it is given and
/// inlines every member to one instruction, so the generic source costs nothing over a hand-written copy per instruction set.
/// </summary>
/// <remarks>
/// A mask has all bits set in its first lanes and none in the rest; masked memory beyond those lanes is neither read nor written.
/// </remarks>
internal unsafe interface ISimd<TSelf>
    where TSelf : struct, ISimd<TSelf>
{
    /// <summary>Number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>Number of architectural registers of this width: what bounds the accumulators of a register tile.</summary>
    static abstract int Registers { get; }

    static abstract TSelf Zero { get; }

    static abstract TSelf Broadcast(float value);

    static abstract TSelf Load(float* source);

    /// <summary>The first lanes from memory, zero in the others.</summary>
    static abstract TSelf LoadMasked(float* source, TSelf mask);

    /// <summary>The mask of the first <paramref name="lanes"/> lanes, 1 to <see cref="Count"/>.</summary>
    static abstract TSelf Mask(nint lanes);

    /// <summary>left * right + addend, fused into one rounding where the hardware can.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>
    /// Adds left * right to this sum, as <see cref="MultiplyAdd"/> does. Of sum = MultiplyAdd(left, right, sum) the JIT makes two
    /// instructions where a factor is not used again: it computes into the register of that factor and copies from there, which on some
    /// processors takes the place of another multiply-add.
    /// </summary>
    void AddProduct(TSelf left, TSelf right);

    /// <summary><paramref name="value"/>, raised to <paramref name="floor"/> where it is below; not a number stays so.</summary>
    static abstract TSelf AtLeast(TSelf floor, TSelf value);

    /// <summary>The larger of the two in each lane; not a number where either is.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary><paramref name="value"/> in the lanes where <paramref name="condition"/> is above 0, zero in the others.</summary>
    static abstract TSelf WherePositive(TSelf condition, TSelf value);

    /// <summary><paramref name="value"/> in the lanes where the first two are equal, zero in the others.</summary>
    static abstract TSelf WhereEqual(TSelf left, TSelf right, TSelf value);

    static abstract TSelf SquareRoot(TSelf value);

    /// <summary>The sum of all lanes.</summary>
    static abstract float Sum(TSelf value);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    void Store(float* destination);

    void StoreMasked(float* destination, TSelf mask);

    /// <summary>
    /// Stores past the caches, for results too large to stay there. The destination must be aligned to the register's size.
    /// </summary>
    void StoreNonTemporal(float* destination);
}

/// <summary>Work that is written over <see cref="ISimd{TSelf}"/> and leaves the choice of register to <see cref="Simd"/>.</summary>
internal interface ISimdOperation
{
    void Run<TVector>()
        where TVector : struct, ISimd<TVector>;
}

internal static class Simd
{
    /// <summary>Numbers in the widest registers of this machine.</summary>
    public static int Lanes
    {
        get
        {
            var count = default(LaneCount);
            RunWidest(ref count);
            return count.Lanes;
        }
    }

    /// <summary>
    /// Runs <paramref name="operation"/> with the widest registers of this machine. The JIT drops the branches not taken.
    /// </summary>
    public static void RunWidest<TOperation>(ref TOperation operation)
        where TOperation : struct, ISimdOperation, allows ref struct
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
            operation.Run<Floats16>();
        else if (Vector256.IsHardwareAccelerated && Avx.IsSupported)
            operation.Run<Floats8>();
        else if (Vector128.IsHardwareAccelerated)
            operation.Run<Floats4>();
        else
            operation.Run<Floats1>();
    }

    /// <summary>Whether <see cref="Prefetch"/> does anything: .NET has it for x86 alone.</summary>
    public static bool CanPrefetch => Sse.IsSupported;

    /// <summary>Asks for the cache line of an address, which need not be valid, to be in the second-level cache soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch(void* address)
    {
        if (CanPrefetch)
            Sse.Prefetch1(address);
    }

    private struct LaneCount : ISimdOperation
    {
        public int Lanes { get; private set; }

        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
            => Lanes = TVector.Count;
    }
}
