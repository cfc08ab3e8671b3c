// A payload, all numbers little-endian:
//
//   offset  size  what
//        0     4  magic: the letters MLBN
//        4     4  kind: four letters that say what is inside, as NETW
//        8     4  format version of that kind, from 1
//       12     8  length n of the body in bytes
//       20     n  body
//   20 + n     4  CRC-32C of everything before
//
// In a body: int32, int64, float32 and byte as they are; a boolean is a byte 0 or 1; a string is its length in bytes (int32) and UTF-8,
// in which half a surrogate pair, which .NET's strings may have, is three bytes like a character (WTF-8, simonsapin.github.io/wtf-8);
// an array is its number of elements (int32) and the elements. Every count is checked against the bytes that are left before
// anything is allocated for it.
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>What kind of thing a payload holds.</summary>
/// <param name="Code">Four ASCII letters.</param>
/// <param name="Component">Its name in errors, as "network".</param>
/// <param name="Version">The format version that is written, and the newest that can be read.</param>
internal sealed record PayloadKind(string Code, string Component, int Version)
{
    /// <summary>The letters as they lie in the file.</summary>
    public uint Tag { get; } = PayloadFormat.TagOf(Code);
}

internal static class PayloadFormat
{
    public const int HeadLength = 20;

    public const int ChecksumLength = 4;

    public static readonly uint Magic = TagOf("MLBN");

    public static uint TagOf(string letters) =>
        letters.Length == 4 && letters.All(char.IsAsciiLetterOrDigit)
            ? BinaryPrimitives.ReadUInt32LittleEndian([(byte)letters[0], (byte)letters[1], (byte)letters[2], (byte)letters[3]])
            : throw new ArgumentException($"A tag is four ASCII letters or digits, got '{letters}'.", nameof(letters));

    /// <summary>
    /// CRC-32C (Castagnoli; RFC 3720, appendix B.4), which processors compute themselves. Finds every error of up to 32 bits in a row.
    /// </summary>
    public static uint Checksum(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) => ~Update(Update(~0u, head), body);

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = bytes.Length / sizeof(ulong);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (var single in bytes[(words * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, single);
        return crc;
    }
}
