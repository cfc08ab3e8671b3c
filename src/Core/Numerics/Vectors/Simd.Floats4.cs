using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>A NEON or SSE register. Neither has masked memory instructions, so masked lanes are moved one by one.</summary>
internal unsafe struct Floats4(Vector128<float> value) : ISimd<Floats4>
{
    private Vector128<float> value = value;

    public static int Count => 4;

    public static int Registers => ArmBase.Arm64.IsSupported ? 32 : 16;

    public static Floats4 Zero => new(Vector128<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Broadcast(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 LoadMasked(float* source, Floats4 mask)
    {
        var lanes = Lanes(mask);
        return new(Vector128.Create(source[0], lanes > 1 ? source[1] : 0, lanes > 2 ? source[2] : 0, lanes > 3 ? source[3] : 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Mask(nint lanes) => new(Vector128.LessThan(Vector128<int>.Indices, Vector128.Create((int)lanes)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 MultiplyAdd(Floats4 left, Floats4 right, Floats4 addend) =>
        new(Vector128.MultiplyAddEstimate(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Floats4 left, Floats4 right) => value = Vector128.MultiplyAddEstimate(left.value, right.value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 AtLeast(Floats4 floor, Floats4 value) => new(Vector128.MaxNative(floor.value, value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 WherePositive(Floats4 condition, Floats4 value) =>
        new(Vector128.GreaterThan(condition.value, Vector128<float>.Zero) & value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Max(Floats4 left, Floats4 right) => new(Vector128.Max(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 WhereEqual(Floats4 left, Floats4 right, Floats4 value) =>
        new(Vector128.Equals(left.value, right.value) & value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 SquareRoot(Floats4 value) => new(Vector128.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Floats4 value) => Vector128.Sum(value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 operator +(Floats4 left, Floats4 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 operator -(Floats4 left, Floats4 right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 operator *(Floats4 left, Floats4 right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 operator /(Floats4 left, Floats4 right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreNonTemporal(float* destination) => value.StoreAlignedNonTemporal(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreMasked(float* destination, Floats4 mask)
    {
        var lanes = Lanes(mask);
        for (var lane = 0; lane < lanes; lane++)
            destination[lane] = value[lane];
    }

    private static int Lanes(Floats4 mask) => BitOperations.PopCount(Vector128.ExtractMostSignificantBits(mask.value));
}
