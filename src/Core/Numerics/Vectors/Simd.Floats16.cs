using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>An AVX-512 register.</summary>
internal unsafe struct Floats16(Vector512<float> value) : ISimd<Floats16>
{
    private Vector512<float> value = value;

    public static int Count => 16;

    public static int Registers => 32;

    public static Floats16 Zero => new(Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 LoadMasked(float* source, Floats16 mask) => new(Avx512F.MaskLoad(source, mask.value, Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Mask(nint lanes) => new(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)lanes)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 MultiplyAdd(Floats16 left, Floats16 right, Floats16 addend) =>
        new(Vector512.MultiplyAddEstimate(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Floats16 left, Floats16 right) => value = Vector512.MultiplyAddEstimate(left.value, right.value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 AtLeast(Floats16 floor, Floats16 value) => new(Vector512.MaxNative(floor.value, value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 WherePositive(Floats16 condition, Floats16 value) =>
        new(Vector512.GreaterThan(condition.value, Vector512<float>.Zero) & value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Max(Floats16 left, Floats16 right) => new(Vector512.Max(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 WhereEqual(Floats16 left, Floats16 right, Floats16 value) =>
        new(Vector512.Equals(left.value, right.value) & value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 SquareRoot(Floats16 value) => new(Vector512.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Floats16 value) => Vector512.Sum(value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator +(Floats16 left, Floats16 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator -(Floats16 left, Floats16 right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator *(Floats16 left, Floats16 right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator /(Floats16 left, Floats16 right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreNonTemporal(float* destination) => value.StoreAlignedNonTemporal(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreMasked(float* destination, Floats16 mask) => Avx512F.MaskStore(destination, mask.value, value);
}
