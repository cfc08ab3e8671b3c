using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace MLNet.BatchNorm.Core.Serialization.Safetensors;

/// <summary>Writes the tensors of a network as a file (layout: SafetensorsHeader.cs).</summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;

    // Numbers that are written at a time.
    private const int Piece = 8 * 1024;

    public static void Write(IEnumerable<NamedTensor> tensors, Stream stream)
    {
        // The order of the reference implementation: the widest numbers first, so that all are aligned.
        NamedTensor[] ordered =
        [
            .. tensors.Where(named => !named.Tensor.IsOptional)
                .OrderByDescending(named => named.Tensor.Type.Size()).ThenBy(named => named.Name, StringComparer.Ordinal),
        ];
        var header = Header(ordered);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var named in ordered)
            Write(named.Tensor, stream);
    }

    private static ReadOnlySpan<byte> Header(NamedTensor[] tensors)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            var offset = 0L;
            foreach (var (name, tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", tensor.Type.ToString());
                WriteArray("shape", tensor.Shape.Select(size => (long)size));
                var end = offset + (long)tensor.Length * tensor.Type.Size();
                WriteArray("data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();

            void WriteArray(string name, IEnumerable<long> numbers)
            {
                json.WriteStartArray(name);
                foreach (var number in numbers)
                    json.WriteNumberValue(number);
                json.WriteEndArray();
            }
        }

        while (bytes.WrittenCount % Alignment != 0)
            bytes.Write(" "u8);
        return bytes.WrittenSpan;
    }

    private static void Write(NetworkTensor tensor, Stream stream)
    {
        var size = tensor.Type.Size();
        var buffer = new byte[Math.Min(Piece, tensor.Length) * size];
        for (var start = 0; start < tensor.Length; start += Piece)
        {
            var piece = buffer.AsSpan(0, Math.Min(Piece, tensor.Length - start) * size);
            for (var i = 0; i < piece.Length; i += size)
                tensor.Write(start + i / size, piece[i..]);
            stream.Write(piece);
        }
    }
}
