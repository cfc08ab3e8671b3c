using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MLNet.BatchNorm.Core.Interchange;

/// <summary>
/// A message of Protocol Buffers, of which ONNX needs three kinds of fields: varint, 32 bits and length-delimited
/// (https://protobuf.dev/programming-guides/encoding). Arrays are referred to, not copied, until the message is written.
/// </summary>
internal sealed class ProtoMessage
{
    private const int Varint = 0, LengthDelimited = 2, Bits32 = 5;

    private readonly List<Array> parts = [];

    /// <summary>Bytes.</summary>
    public long Length { get; private set; }

    public ProtoMessage Add(int field, long value) => Append([.. Key(field, Varint), .. Encode((ulong)value)]);

    public ProtoMessage Add(int field, float value)
    {
        var bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return Append([.. Key(field, Bits32), .. bytes]);
    }

    public ProtoMessage Add(int field, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Append([.. Key(field, LengthDelimited), .. Encode((ulong)bytes.Length), .. bytes]);
    }

    public ProtoMessage Add(int field, ProtoMessage message)
    {
        Append([.. Key(field, LengthDelimited), .. Encode((ulong)message.Length)]);
        parts.AddRange(message.parts);
        Length += message.Length;
        return this;
    }

    /// <summary>Adds the values as they lie in memory: little-endian, as all processors are that .NET has vectors for.</summary>
    public ProtoMessage AddRaw<T>(int field, T[] values)
        where T : unmanaged
    {
        var bytes = (long)values.Length * Marshal.SizeOf<T>();
        Append([.. Key(field, LengthDelimited), .. Encode((ulong)bytes)]);
        parts.Add(values);
        Length += bytes;
        return this;
    }

    public void WriteTo(Stream stream)
    {
        foreach (var part in parts)
            stream.Write(MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(part), Buffer.ByteLength(part)));
    }

    private ProtoMessage Append(byte[] bytes)
    {
        parts.Add(bytes);
        Length += bytes.Length;
        return this;
    }

    private static byte[] Key(int field, int kind) => Encode(((ulong)field << 3) | (uint)kind);

    // Seven bits a byte, the lowest first; the eighth says that more follow.
    private static byte[] Encode(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
