using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Loads float32 or double values as one vector of doubles.</summary>
internal static unsafe class Widened
{
    /// <summary>The first Vector&lt;double&gt;.Count values, each converted exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Load<T>(ReadOnlySpan<T> values) where T : unmanaged, INumberBase<T>
    {
        fixed (T* pinned = values[..Vector<double>.Count])
            return Load(pinned);
    }

    /// <inheritdoc cref="Load{T}(ReadOnlySpan{T})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Load<T>(T* values) where T : unmanaged, INumberBase<T>
    {
        if (typeof(T) == typeof(double))
            return Vector.Load((double*)values);
        return Vector<double>.Count switch
        {
            2 => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(double*)values).AsSingle()).AsVector(),
            4 => Vector256.WidenLower(Vector128.Load((float*)values).ToVector256Unsafe()).AsVector(),
            _ => Load512(values).AsVector(),
        };
    }

    /// <summary>The first eight values, each converted exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load512<T>(T* values) where T : unmanaged, INumberBase<T> => typeof(T) == typeof(double)
        ? Vector512.Load((double*)values)
        : Vector512.WidenLower(Vector256.Load((float*)values).ToVector512Unsafe());
}
