using System.Buffers.Binary;

namespace ImageClassification.Pictures;

/// <summary>
/// Whether a picture file is there to its end. Decoders fill what is missing of a PNG or JPEG with black or gray and do not complain.
/// </summary>
internal static class PictureEnd
{
    private const int PngHead = 8;
    private const int PngChunk = 12;   // length, type and checksum around the data

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>
    /// Whether the content is a PNG or JPEG file that was cut off. Bytes behind the end, as some cameras write, do no harm.
    /// </summary>
    public static bool IsMissing(ReadOnlySpan<byte> content)
    {
        if (content.StartsWith(PngSignature))
            return !HasPngEnd(content);
        return content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) && !HasJpegEnd(content);
    }

    // A chunk: length of the data, type, data, checksum. IEND is the last one (ISO/IEC 15948, 5.3).
    private static bool HasPngEnd(ReadOnlySpan<byte> content)
    {
        for (long at = PngHead; at + PngChunk <= content.Length;)
        {
            var chunk = content[(int)at..];
            if (chunk.Slice(4, 4).SequenceEqual("IEND"u8))
                return true;
            at += PngChunk + (long)BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }

        return false;
    }

    // A marker is 0xFF and a byte; a segment with a length follows, which may hold a small picture with an end of its own, unless the
    // marker stands alone; between them are coded data, where 0xFF has 0 or a restart marker behind it (ITU-T T.81, B.1.1).
    private static bool HasJpegEnd(ReadOnlySpan<byte> content)
    {
        const byte start = 0xFF, stuffed = 0, temporary = 0x01, firstRestart = 0xD0, startOfImage = 0xD8, endOfImage = 0xD9;
        for (var at = 0; at + 1 < content.Length;)
        {
            if (content[at] != start || content[at + 1] == start)
            {
                at++;
                continue;
            }

            var marker = content[at + 1];
            if (marker == endOfImage)
                return true;
            var standsAlone = marker is stuffed or temporary or (>= firstRestart and <= startOfImage);
            if (!standsAlone && at + 3 >= content.Length)
                return false;
            at += 2 + (standsAlone ? 0 : BinaryPrimitives.ReadUInt16BigEndian(content[(at + 2)..]));
        }

        return false;
    }
}
