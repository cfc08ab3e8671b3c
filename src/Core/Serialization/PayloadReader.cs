using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>
/// Reads a payload (layout: PayloadFormat.cs). Whatever is wrong with it ends in a <see cref="ModelFormatException"/>, and no count is
/// believed before the bytes for it are there.
/// </summary>
internal sealed class PayloadReader
{
    private readonly PayloadKind kind;
    private readonly ReadOnlyMemory<byte> body;
    private int position;

    private PayloadReader(PayloadKind kind, int version, ReadOnlyMemory<byte> body, ModelLimits limits)
    {
        this.kind = kind;
        this.body = body;
        Version = version;
        Limits = limits;
    }

    /// <summary>The format version that was written: 1 up to the newest known.</summary>
    public int Version { get; }

    /// <summary>What the payload may ask for.</summary>
    public ModelLimits Limits { get; }

    /// <summary>Bytes of the body that are not read yet.</summary>
    public int Left => body.Length - position;

    /// <summary>Reads one payload from where the stream stands, and checks all of it but the meaning of the body.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="kind">What it must be.</param>
    /// <param name="limits">What it may ask for; null: <see cref="ModelLimits.Current"/>.</param>
    /// <exception cref="ModelFormatException">It is something else, damaged, of a newer version or too large.</exception>
    public static PayloadReader Open(Stream stream, PayloadKind kind, ModelLimits? limits = null)
    {
        limits ??= ModelLimits.Current;
        Span<byte> head = stackalloc byte[PayloadFormat.HeadLength];
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
            throw new ModelFormatException(kind.Component, $"it ends before the {head.Length} bytes of its head.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != PayloadFormat.Magic)
            throw new ModelFormatException(
                kind.Component,
                head.StartsWith("PK"u8)
                    ? "it is a zip, not a file of MLNet.BatchNorm alone. A model that ML.NET saved is loaded with mlContext.Model.Load."
                    : "it does not start with the letters MLBN, so it is something else. See that it is the file that you mean.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) != kind.Tag)
            throw new ModelFormatException(kind.Component, $"it is of kind '{Printable(head.Slice(4, 4))}', not '{kind.Code}'.");
        var version = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        if (version < 1 || version > kind.Version)
            throw new ModelFormatException(
                kind.Component,
                $"it has format version {version}, this program reads up to {kind.Version}. A newer MLNet.BatchNorm may read it.");

        var length = BinaryPrimitives.ReadInt64LittleEndian(head[12..]);
        if (length < 0 || length > Array.MaxLength - PayloadFormat.ChecksumLength)
            throw new ModelFormatException(kind.Component, $"it claims {length} bytes.");
        if (length > limits.PayloadBytes)
            throw ModelLimits.Exceeded(kind.Component, length, limits.PayloadBytes, "bytes", nameof(limits.PayloadBytes));
        var rest = ReadUpTo(stream, (int)length + PayloadFormat.ChecksumLength);
        if (rest.Length < length + PayloadFormat.ChecksumLength)
            throw new ModelFormatException(
                kind.Component, $"it claims {length} bytes and a checksum, but only {rest.Length} bytes follow.");

        var body = rest[..(int)length];
        if (BinaryPrimitives.ReadUInt32LittleEndian(rest.Span[(int)length..]) != PayloadFormat.Checksum(head, body.Span))
            throw new ModelFormatException(kind.Component, "its checksum is wrong, so it was damaged.");
        return new PayloadReader(kind, version, body, limits);
    }

    /// <summary>
    /// Up to so many bytes, as far as there are any; in pieces unless the stream knows how many it has, so that a length that is not true
    /// costs no memory.
    /// </summary>
    public static ReadOnlyMemory<byte> ReadUpTo(Stream stream, int length)
    {
        const int piece = 64 * 1024;
        var there = stream.CanSeek ? stream.Length - stream.Position : 0;
        var bytes = new byte[Math.Min(length, Math.Max(there, piece))];
        var read = 0;
        while (true)
        {
            read += stream.ReadAtLeast(bytes.AsSpan(read), bytes.Length - read, throwOnEndOfStream: false);
            if (read < bytes.Length || read == length)
                return bytes.AsMemory(0, read);
            Array.Resize(ref bytes, (int)Math.Min(length, 2L * bytes.Length));
        }
    }

    public byte ReadByte() => Take(1)[0];

    public bool ReadBoolean() => ReadByte() switch
    {
        0 => false,
        1 => true,
        var other => throw Invalid($"a boolean is {other}."),
    };

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public float ReadSingle() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>A number of things of at least <paramref name="bytesEach"/> bytes each, for which there are bytes enough.</summary>
    public int ReadCount(int bytesEach)
    {
        var count = ReadInt32();
        return count >= 0 && (long)count * bytesEach <= Left
            ? count
            : throw Invalid($"it counts {count} things of {bytesEach} bytes or more, where {Left} bytes are left.");
    }

    public string ReadString() => PayloadText.Decode(Take(ReadCount(1))) ?? throw Invalid("a text is not UTF-8.");

    /// <summary>Reads an array that must have the length of <paramref name="destination"/>.</summary>
    public void ReadSingles(Span<float> destination)
    {
        var count = ReadCount(sizeof(float));
        if (count != destination.Length)
            throw Invalid($"an array has {count} elements where {destination.Length} are needed.");
        Fill(destination);
    }

    /// <summary>Reads an array of bytes.</summary>
    public byte[] ReadBytes() => Take(ReadCount(1)).ToArray();

    /// <summary>Reads an array that must have <paramref name="length"/> elements.</summary>
    public float[] ReadSingles(int length)
    {
        var count = ReadCount(sizeof(float));
        if (count != length)
            throw Invalid($"an array has {count} elements where {length} are needed.");
        var values = new float[length];
        Fill(values);
        return values;
    }

    /// <summary>Reads an array of doubles that must have <paramref name="length"/> elements.</summary>
    public double[] ReadDoubles(int length)
    {
        var count = ReadCount(sizeof(double));
        if (count != length)
            throw Invalid($"an array has {count} elements where {length} are needed.");
        var values = new double[length];
        foreach (ref var value in values.AsSpan())
            value = ReadDouble();
        return values;
    }

    /// <summary>Refuses a payload that asks for more than a limit allows.</summary>
    public void RequireWithin(long limit, string limitName, Int128 needed, string what)
    {
        if (needed > limit)
            throw ModelLimits.Exceeded(kind.Component, needed, limit, what, limitName);
    }

    /// <summary>To be called after the last read: nothing may be left.</summary>
    public void Close()
    {
        if (Left > 0)
            throw Invalid($"{Left} bytes are left over.");
    }

    /// <summary>The error for a body whose bytes are whole but make no sense.</summary>
    public ModelFormatException Invalid(string reason) => new(kind.Component, reason);

    private void Fill(Span<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            Take(values.Length * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }

        foreach (ref var value in values)
            value = ReadSingle();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Left)
            throw Invalid($"it ends at byte {body.Length} of its body, where {count} more were needed at {position}.");
        position += count;
        return body.Span.Slice(position - count, count);
    }

    private static string Printable(ReadOnlySpan<byte> letters)
    {
        Span<char> text = stackalloc char[letters.Length];
        for (var i = 0; i < letters.Length; i++)
            text[i] = letters[i] is >= 0x20 and < 0x7F ? (char)letters[i] : '?';
        return new string(text);
    }
}
