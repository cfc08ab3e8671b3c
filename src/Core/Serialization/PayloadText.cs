using System.Buffers;
using System.Text;

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>Strings as bytes and back, exactly, those with half a surrogate pair too (WTF-8; layout: PayloadFormat.cs).</summary>
internal static class PayloadText
{
    private const int SurrogateLength = 3;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] Encode(string text)
    {
        var bytes = new ArrayBufferWriter<byte>(text.Length + 1);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var whole = LengthBeforeHalf(rest);
            Strict.GetBytes(rest[..whole], bytes);
            rest = rest[whole..];
            if (rest.IsEmpty)
                break;
            var half = rest[0];
            bytes.Write<byte>([0xED, (byte)(0x80 | ((half >> 6) & 0x3F)), (byte)(0x80 | (half & 0x3F))]);
            rest = rest[1..];
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The string, or null if the bytes are none.</summary>
    public static string? Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        while (true)
        {
            var half = IndexOfHalf(bytes);
            try
            {
                var whole = Strict.GetString(half < 0 ? bytes : bytes[..half]);
                if (half < 0)
                    return text.Length == 0 ? whole : text.Append(whole).ToString();
                text.Append(whole);
            }
            catch (DecoderFallbackException)
            {
                return null;
            }

            text.Append((char)(0xD000 | ((bytes[half + 1] & 0x3F) << 6) | (bytes[half + 2] & 0x3F)));
            bytes = bytes[(half + SurrogateLength)..];
        }
    }

    private static int LengthBeforeHalf(ReadOnlySpan<char> text)
    {
        var i = 0;
        while (i < text.Length && Rune.DecodeFromUtf16(text[i..], out _, out var length) == OperationStatus.Done)
            i += length;
        return i;
    }

    // UTF-8 has no character there: 0xED is followed by 0x80 to 0x9F.
    private static int IndexOfHalf(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i + SurrogateLength <= bytes.Length; i++)
            if (bytes[i] == 0xED && bytes[i + 1] is >= 0xA0 and <= 0xBF && bytes[i + 2] is >= 0x80 and <= 0xBF)
                return i;
        return -1;
    }
}
