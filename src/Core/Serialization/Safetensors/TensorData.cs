using System.Buffers.Binary;

namespace MLNet.BatchNorm.Core.Serialization.Safetensors;

/// <summary>The numbers of one tensor, which come next in a stream.</summary>
internal sealed class TensorData(TensorEntry entry, Stream stream)
{
    // A whole number of numbers of any type.
    private const int Piece = 64 * 1024;

    public float[] ReadSingles(int length)
    {
        var values = new float[length];
        var size = entry.Type.Size();
        var next = 0;
        ReadPieces(bytes =>
        {
            for (var i = 0; i < bytes.Length; i += size)
                values[next++] = entry.Type.ReadSingle(bytes[i..]);
        });
        var bad = Array.FindIndex(values, value => !float.IsFinite(value));
        return bad < 0 ? values : throw Invalid($"has no finite float32 as number {bad}.");
    }

    public long ReadInt64()
    {
        var value = 0L;
        ReadPieces(bytes => value = BinaryPrimitives.ReadInt64LittleEndian(bytes));
        return value;
    }

    public void Skip() => ReadPieces(_ => { });

    public ModelFormatException Invalid(string reason) => SafetensorsHeader.Invalid($"its tensor '{entry.Name}' {reason}");

    private void ReadPieces(Action<ReadOnlySpan<byte>> take)
    {
        var buffer = new byte[Math.Min(Piece, entry.End - entry.Start)];
        for (var left = entry.End - entry.Start; left > 0;)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, left));
            if (stream.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false) < piece.Length)
                throw Invalid($"has {entry.End - entry.Start} bytes, in the midst of which the file ends.");
            take(piece);
            left -= piece.Length;
        }
    }
}
