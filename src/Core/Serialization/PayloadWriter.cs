using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>Collects a body and writes it as a payload (layout: PayloadFormat.cs).</summary>
internal sealed class PayloadWriter(PayloadKind kind)
{
    private readonly ArrayBufferWriter<byte> body = new();

    public void Write(byte value)
    {
        body.GetSpan(1)[0] = value;
        body.Advance(1);
    }

    public void Write(bool value) => Write(value ? (byte)1 : (byte)0);

    public void Write(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(body.GetSpan(sizeof(int)), value);
        body.Advance(sizeof(int));
    }

    public void Write(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(body.GetSpan(sizeof(long)), value);
        body.Advance(sizeof(long));
    }

    public void Write(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(body.GetSpan(sizeof(float)), value);
        body.Advance(sizeof(float));
    }

    public void Write(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(body.GetSpan(sizeof(double)), value);
        body.Advance(sizeof(double));
    }

    public void Write(string value)
    {
        var bytes = PayloadText.Encode(value);
        Write(bytes.Length);
        body.Write(bytes);
    }

    public void Write(ReadOnlySpan<float> values)
    {
        Write(values.Length);
        if (BitConverter.IsLittleEndian)
        {
            body.Write(MemoryMarshal.AsBytes(values));
            return;
        }

        foreach (var value in values)
            Write(value);
    }

    public void Write(ReadOnlySpan<double> values)
    {
        Write(values.Length);
        foreach (var value in values)
            Write(value);
    }

    /// <summary>Writes an array of bytes.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        Write(bytes.Length);
        body.Write(bytes);
    }

    /// <summary>Writes head, body and checksum.</summary>
    public void WriteTo(Stream stream)
    {
        Span<byte> head = stackalloc byte[PayloadFormat.HeadLength];
        BinaryPrimitives.WriteUInt32LittleEndian(head, PayloadFormat.Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], kind.Tag);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], kind.Version);
        BinaryPrimitives.WriteInt64LittleEndian(head[12..], body.WrittenCount);
        Span<byte> checksum = stackalloc byte[PayloadFormat.ChecksumLength];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, PayloadFormat.Checksum(head, body.WrittenSpan));
        stream.Write(head);
        stream.Write(body.WrittenSpan);
        stream.Write(checksum);
    }
}
