using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace MLNet.BatchNorm.Tests;

/// <summary>Payloads changed at random places, with the right length and checksum, as an attacker would write them.</summary>
internal static class Mutation
{
    private const int HeadLength = 20, LengthOffset = 12, ChecksumLength = 4;

    /// <summary>Bytes of one with an empty body.</summary>
    public const int SmallestPayload = HeadLength + ChecksumLength;

    private static readonly int[] Counts = [0, 1, 2, 3, 16, 255, 256, 65_535, 1 << 20, 1 << 24, int.MaxValue, int.MinValue, -1];

    private static readonly float[] Numbers =
        [0, -0f, 1, -1, float.Epsilon, 1e-38f, 1e38f, float.MaxValue, float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    /// <summary>
    /// Reads so many mutations of a payload (environment variable MUTATIONS, else 20,000). Each ends in something that was read or in a
    /// <see cref="ModelFormatException"/>, as <see cref="ReaderContract"/> says.
    /// </summary>
    /// <param name="payload">A whole one.</param>
    /// <param name="seed">Of the mutations.</param>
    /// <param name="read">Reads a payload, and uses what it read.</param>
    /// <returns>How many were read.</returns>
    public static int ReadAll(byte[] payload, int seed, Action<byte[]> read)
    {
        var wanted = Environment.GetEnvironmentVariable("MUTATIONS");
        var count = int.TryParse(wanted, CultureInfo.InvariantCulture, out var more) ? more : 20_000;
        var taken = 0;
        for (var i = 0; i < count; i++)
        {
            var mutant = Of(payload, new Random(unchecked((seed * 1_000_003) + i)));
            if (ReaderContract.IsRead<ModelFormatException>(mutant, read, $"mutation {i} of seed {seed}"))
                taken++;
        }

        return taken;
    }

    /// <summary>Puts the right length and checksum (CRC-32C) into a payload whose bytes were changed.</summary>
    public static byte[] Sealed(byte[] payload)
    {
        Seal(payload);
        return payload;
    }

    /// <summary>The same, and first into a payload inside it, as a checkpoint has.</summary>
    public static byte[] SealedThroughout(byte[] payload)
    {
        var inner = payload.AsSpan().LastIndexOf("MLBN"u8);
        if (inner > HeadLength)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(payload.AsSpan(inner - sizeof(int)));
            if (length >= SmallestPayload && length <= payload.Length - inner)
                Seal(payload.AsSpan(inner, length));
        }

        return Sealed(payload);
    }

    private static void Seal(Span<byte> payload)
    {
        BinaryPrimitives.WriteInt64LittleEndian(payload[LengthOffset..], payload.Length - SmallestPayload);
        var crc = ~0u;
        foreach (var single in payload[..^ChecksumLength])
            crc = BitOperations.Crc32C(crc, single);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[^ChecksumLength..], ~crc);
    }

    private static byte[] Of(byte[] payload, Random random)
    {
        List<byte> body = [.. payload[HeadLength..^ChecksumLength]];
        for (var times = random.Next(1, 4); times > 0 && body.Count > sizeof(int); times--)
            Change(body, random);
        return SealedThroughout([.. payload[..HeadLength], .. body, .. new byte[ChecksumLength]]);
    }

    private static void Change(List<byte> body, Random random)
    {
        // Half of all near the beginning, where the sizes are.
        var at = random.Next(random.Next(2) == 0 ? Math.Min(body.Count, 80) : body.Count);
        var length = Math.Min(random.Next(1, 20), body.Count - at);
        switch (random.Next(7))
        {
            case 0:
                body[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                body[at] = (byte)random.Next(256);
                break;
            case 2:
                body.RemoveRange(at, length);
                break;
            case 3:
                body.InsertRange(at, body.GetRange(random.Next(body.Count - length + 1), length));
                break;
            case 4:
                body.RemoveRange(at, body.Count - at);
                break;
            case 5:
                Put(body, at, BitConverter.GetBytes(Counts[random.Next(Counts.Length)]));
                break;
            default:
                Put(body, at, BitConverter.GetBytes(Numbers[random.Next(Numbers.Length)]));
                break;
        }
    }

    private static void Put(List<byte> body, int at, byte[] bytes)
    {
        for (var i = 0; i < bytes.Length && at + i < body.Count; i++)
            body[at + i] = bytes[i];
    }
}
