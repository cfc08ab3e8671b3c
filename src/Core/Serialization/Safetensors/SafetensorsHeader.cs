// A safetensors file, all numbers little-endian:
//
//   offset  size  what
//        0     8  length n of the header in bytes
//        8     n  header, JSON with spaces behind it: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}, and
//                 perhaps "__metadata__": {...}
//    8 + n        the numbers of all tensors, the last dimension varying fastest; offsets count from here, and there is no gap
using System.Buffers.Binary;
using System.Text.Json;

namespace MLNet.BatchNorm.Core.Serialization.Safetensors;

/// <summary>What the header of a file says of a tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Shape">Its dimensions, each 0 or more.</param>
/// <param name="Start">Offset of its first byte.</param>
/// <param name="End">Offset of the byte behind its last.</param>
internal sealed record TensorEntry(string Name, NumberType Type, IReadOnlyList<long> Shape, long Start, long End);

/// <summary>Reads the header of a file, and believes nothing in it before it is checked.</summary>
internal static class SafetensorsHeader
{
    public const string Metadata = "__metadata__";

    // Far more than the thousands of tensors of the largest networks need, at about 100 bytes each.
    private const int MaximumLength = 16 * 1024 * 1024;

    // Of a shape; a header of such arrays alone would take many times its length.
    private const int MostDimensions = 16;

    // The object, a tensor's object, an array.
    private const int Depth = 3;

    /// <summary>The tensors in the order of their numbers, which follow each other without a gap.</summary>
    public static IReadOnlyList<TensorEntry> Read(Stream stream)
    {
        Span<byte> head = stackalloc byte[sizeof(ulong)];
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
            throw Invalid("it ends before the 8 bytes that tell the length of its header.");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(head);
        if (length > MaximumLength)
            throw Invalid($"its header claims {length} bytes, more than the {MaximumLength} that one may have.");
        var json = PayloadReader.ReadUpTo(stream, (int)length);
        if (json.Length < (int)length)
            throw Invalid($"its header claims {length} bytes, but only {json.Length} follow.");
        try
        {
            return InOrder(Parse(json.Span));
        }
        catch (Exception reason) when (reason is JsonException or InvalidOperationException)   // the latter for text that is not UTF-8
        {
            throw Invalid($"its header is not JSON: {reason.Message}");
        }
    }

    public static ModelFormatException Invalid(string reason) => new("safetensors file", reason);

    private static List<TensorEntry> Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Depth });
        var entries = new List<TensorEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        RequireObject(reader, "its header");
        while (NextProperty(ref reader) is { } name)
        {
            if (!names.Add(name))
                throw Invalid($"its header has '{name}' twice.");
            if (name == Metadata)
                reader.Skip();
            else
                entries.Add(ParseEntry(ref reader, name));
        }

        reader.Read();   // refuses whatever is behind the object but spaces
        return entries;
    }

    private static TensorEntry ParseEntry(ref Utf8JsonReader reader, string name)
    {
        RequireObject(reader, $"its tensor '{name}'");
        string? type = null;
        long[]? shape = null, offsets = null;
        while (NextProperty(ref reader) is { } key)
            switch (key)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = reader.GetString()!;
                    break;
                case "shape" when shape is null:
                    shape = ParseNumbers(ref reader, name);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseNumbers(ref reader, name);
                    break;
                default:
                    throw Invalid($"its tensor '{name}' has a '{key}' that is unknown, comes twice or is not of its kind.");
            }

        if (type is null || shape is null || offsets is not [var start, var end])
            throw Invalid($"its tensor '{name}' lacks dtype, shape or two data_offsets.");
        var numbers = NumberTypes.Parse(type)
            ?? throw Invalid($"its tensor '{name}' is of type '{type}', not of {string.Join(", ", Enum.GetNames<NumberType>())}.");
        RequireSize(name, numbers, shape, end - start);
        return new TensorEntry(name, numbers, shape, start, end);
    }

    private static void RequireSize(string name, NumberType type, long[] shape, long bytes)
    {
        Int128 size = type.Size();
        foreach (var dimension in shape)
            size = Int128.Min(size * dimension, long.MaxValue);
        if (size != bytes)
            throw Invalid($"its tensor '{name}' of shape [{string.Join(", ", shape)}] and type {type} has {bytes} bytes.");
    }

    private static List<TensorEntry> InOrder(List<TensorEntry> entries)
    {
        List<TensorEntry> ordered = [.. entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.End)];
        var position = 0L;
        foreach (var entry in ordered)
        {
            if (entry.Start != position)
                throw Invalid($"its tensor '{entry.Name}' starts at offset {entry.Start}, where the one before it ends at {position}.");
            position = entry.End;
        }

        return ordered;
    }

    /// <summary>The name of the next property, with the reader at its value; null at the end of the object.</summary>
    private static string? NextProperty(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
            return null;
        var name = reader.GetString();
        reader.Read();
        return name;
    }

    private static void RequireObject(in Utf8JsonReader reader, string what)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Invalid($"{what} is not a JSON object.");
    }

    private static long[] ParseNumbers(ref Utf8JsonReader reader, string name)
    {
        var numbers = new List<long>();
        if (reader.TokenType == JsonTokenType.StartArray)
            while (numbers.Count <= MostDimensions && reader.Read() && reader.TokenType == JsonTokenType.Number
                && reader.TryGetInt64(out var number) && number >= 0)
                numbers.Add(number);
        return reader.TokenType == JsonTokenType.EndArray
            ? [.. numbers]
            : throw Invalid(
                $"its tensor '{name}' has a shape or offsets that are not an array of at most {MostDimensions} whole numbers of 0 or "
                + "more.");
    }
}
