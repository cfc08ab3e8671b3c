using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>An AVX2 register.</summary>
internal unsafe struct Floats8(Vector256<float> value) : ISimd<Floats8>
{
    private Vector256<float> value = value;

    public static int Count => 8;

    public static int Registers => 16;

    public static Floats8 Zero => new(Vector256<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Broadcast(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 LoadMasked(float* source, Floats8 mask) => new(Avx.MaskLoad(source, mask.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Mask(nint lanes) => new(Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)lanes)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 MultiplyAdd(Floats8 left, Floats8 right, Floats8 addend) =>
        new(Vector256.MultiplyAddEstimate(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Floats8 left, Floats8 right) => value = Vector256.MultiplyAddEstimate(left.value, right.value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 AtLeast(Floats8 floor, Floats8 value) => new(Vector256.MaxNative(floor.value, value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 WherePositive(Floats8 condition, Floats8 value) =>
        new(Vector256.GreaterThan(condition.value, Vector256<float>.Zero) & value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Max(Floats8 left, Floats8 right) => new(Vector256.Max(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 WhereEqual(Floats8 left, Floats8 right, Floats8 value) =>
        new(Vector256.Equals(left.value, right.value) & value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 SquareRoot(Floats8 value) => new(Vector256.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Floats8 value) => Vector256.Sum(value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator +(Floats8 left, Floats8 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator -(Floats8 left, Floats8 right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator *(Floats8 left, Floats8 right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator /(Floats8 left, Floats8 right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreNonTemporal(float* destination) => value.StoreAlignedNonTemporal(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreMasked(float* destination, Floats8 mask) => Avx.MaskStore(destination, mask.value, value);
}
