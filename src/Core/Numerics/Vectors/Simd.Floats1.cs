using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>One float: what the kernels run on where the runtime has no vectors at all. A mask always covers its single lane.</summary>
internal unsafe struct Floats1(float value) : ISimd<Floats1>
{
    private float value = value;

    public static int Count => 1;

    public static int Registers => 16;

    public static Floats1 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 Broadcast(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 Load(float* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 LoadMasked(float* source, Floats1 mask) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 Mask(nint lanes) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 MultiplyAdd(Floats1 left, Floats1 right, Floats1 addend) =>
        new(float.MultiplyAddEstimate(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Floats1 left, Floats1 right) => value = float.MultiplyAddEstimate(left.value, right.value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 AtLeast(Floats1 floor, Floats1 value) => new(floor.value > value.value ? floor.value : value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 WherePositive(Floats1 condition, Floats1 value) => condition.value > 0 ? value : Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 Max(Floats1 left, Floats1 right) => new(Math.Max(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 WhereEqual(Floats1 left, Floats1 right, Floats1 value) => left.value == right.value ? value : Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 SquareRoot(Floats1 value) => new(MathF.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Floats1 value) => value.value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 operator +(Floats1 left, Floats1 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 operator -(Floats1 left, Floats1 right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 operator *(Floats1 left, Floats1 right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats1 operator /(Floats1 left, Floats1 right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination) => *destination = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreNonTemporal(float* destination) => *destination = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreMasked(float* destination, Floats1 mask) => *destination = value;
}
