using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;

namespace MLNet.BatchNorm.Tests;

/// <summary>Payloads changed at random places, with the right length and checksum, as an attacker would write them.</summary>
internal static class Mutation
{
    private const int HeadLength = 20, LengthOffset = 12, ChecksumLength = 4;

    private const long MostBytes = 64 << 20;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);

    private static readonly int[] Counts = [0, 1, 2, 3, 16, 255, 256, 65_535, 1 << 20, 1 << 24, int.MaxValue, int.MinValue, -1];

    private static readonly float[] Numbers =
        [0, -0f, 1, -1, float.Epsilon, 1e-38f, 1e38f, float.MaxValue, float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    /// <summary>
    /// Reads so many mutations of a payload (environment variable MUTATIONS, else 2,000), and holds that each ends in something that was
    /// read or in a <see cref="ModelFormatException"/>, within two seconds and 64 MB and eight times the file of memory.
    /// </summary>
    /// <param name="payload">A whole one.</param>
    /// <param name="seed">Of the mutations.</param>
    /// <param name="read">Reads a payload, and uses what it read.</param>
    /// <returns>How many were read.</returns>
    public static int ReadAll(byte[] payload, int seed, Action<byte[]> read)
    {
        var wanted = Environment.GetEnvironmentVariable("MUTATIONS");
        var count = int.TryParse(wanted, CultureInfo.InvariantCulture, out var more) ? more : 2_000;
        var taken = 0;
        for (var i = 0; i < count; i++)
        {
            var mutant = Of(payload, new Random(unchecked((seed * 1_000_003) + i)));
            if (IsRead(mutant, read, $"mutation {i} of seed {seed}"))
                taken++;
        }

        return taken;
    }

    /// <summary>Puts the right length and checksum (CRC-32C) into a payload whose bytes were changed.</summary>
    public static byte[] Sealed(byte[] payload)
    {
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(LengthOffset), payload.Length - HeadLength - ChecksumLength);
        var crc = ~0u;
        foreach (var single in payload.AsSpan(0, payload.Length - ChecksumLength))
            crc = BitOperations.Crc32C(crc, single);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(payload.Length - ChecksumLength), ~crc);
        return payload;
    }

    private static bool IsRead(byte[] mutant, Action<byte[]> read, string which)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            var thrown = Record.Exception(() => read(mutant));
            var (bytes, time) = (GC.GetAllocatedBytesForCurrentThread() - before, Stopwatch.GetElapsedTime(start));
            (thrown?.GetBaseException() is null or ModelFormatException).Should().BeTrue("{0} gave {1}", which, thrown);
            bytes.Should().BeLessThan(MostBytes + (8L * mutant.Length), which);
            if (time < MostTime)
                return thrown is null;
            // Once more: another test may have held the processor.
            attempt.Should().BeLessThan(3, "{0} took {1}", which, time);
        }
    }

    private static byte[] Of(byte[] payload, Random random)
    {
        List<byte> body = [.. payload[HeadLength..^ChecksumLength]];
        for (var times = random.Next(1, 4); times > 0 && body.Count > sizeof(int); times--)
            Change(body, random);
        return Sealed([.. payload[..HeadLength], .. body, .. new byte[ChecksumLength]]);
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
