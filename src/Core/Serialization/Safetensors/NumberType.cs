using System.Buffers.Binary;

namespace MLNet.BatchNorm.Core.Serialization.Safetensors;

/// <summary>How the numbers of a tensor lie in a file, all little-endian. The names are those of the format.</summary>
internal enum NumberType
{
    F64,
    F32,
    F16,

    /// <summary>The upper half of an F32.</summary>
    BF16,
    I64,
}

internal static class NumberTypes
{
    public static NumberType? Parse(string name) => name switch
    {
        "F64" => NumberType.F64,
        "F32" => NumberType.F32,
        "F16" => NumberType.F16,
        "BF16" => NumberType.BF16,
        "I64" => NumberType.I64,
        _ => null,
    };

    /// <summary>Bytes of one number.</summary>
    public static int Size(this NumberType type) => type switch
    {
        NumberType.F64 or NumberType.I64 => 8,
        NumberType.F32 => 4,
        _ => 2,
    };

    /// <summary>The first number of some bytes; an F64 is rounded to the nearest float.</summary>
    public static float ReadSingle(this NumberType type, ReadOnlySpan<byte> bytes) => type switch
    {
        NumberType.F64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        NumberType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        NumberType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        NumberType.BF16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of floating-point numbers."),
    };
}
