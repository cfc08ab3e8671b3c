using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Loads float32 or double values as one vector of doubles.</summary>
internal static class Widened
{
    /// <summary>The first Vector&lt;double&gt;.Count values, each converted exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Load<T>(ReadOnlySpan<T> values) where T : unmanaged, INumberBase<T>
    {
        if (typeof(T) == typeof(double))
            return new Vector<double>(MemoryMarshal.Cast<T, double>(values));
        var singles = MemoryMarshal.Cast<T, float>(values)[..Vector<double>.Count];
        return Vector<double>.Count switch
        {
            2 => Vector128.WidenLower(Vector128.CreateScalarUnsafe(MemoryMarshal.Cast<float, double>(singles)[0]).AsSingle()).AsVector(),
            4 => Vector256.WidenLower(Vector128.Create(singles).ToVector256Unsafe()).AsVector(),
            _ => Vector512.WidenLower(Vector256.Create(singles).ToVector512Unsafe()).AsVector(),
        };
    }
}
