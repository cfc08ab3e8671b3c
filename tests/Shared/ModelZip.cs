using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML;

namespace MLNet.BatchNorm.Tests;

/// <summary>Model zips in memory, and the payloads of ours inside them.</summary>
internal static class ModelZip
{
    private const int HeadLength = 20, LengthOffset = 12, ChecksumLength = 4;

    public static byte[] Save(ITransformer model, DataViewSchema inputSchema)
    {
        using var stream = new MemoryStream();
        new MLContext().Model.Save(model, inputSchema, stream);
        return stream.ToArray();
    }

    public static ITransformer Load(byte[] zip) => new MLContext().Model.Load(new MemoryStream(zip), out _);

    /// <summary>The payload of the given kind, head and checksum included.</summary>
    public static byte[] PayloadOf(byte[] zip, string kind)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        var (entry, at) = Find(archive, kind);
        return Read(entry).AsSpan(at.Start, at.Length).ToArray();
    }

    /// <summary>The zip with another payload of the same length, so that all that ML.NET wrote around it stays right.</summary>
    public static byte[] WithPayload(byte[] zip, string kind, byte[] payload)
    {
        using var stream = new MemoryStream();
        stream.Write(zip);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update))
        {
            var (entry, at) = Find(archive, kind);
            if (payload.Length != at.Length)
                throw new ArgumentException($"The payload must have {at.Length} bytes, got {payload.Length}.", nameof(payload));
            var content = Read(entry);
            payload.CopyTo(content, at.Start);
            var name = entry.FullName;
            entry.Delete();
            using var replaced = archive.CreateEntry(name).Open();
            replaced.Write(content);
        }

        return stream.ToArray();
    }

    /// <summary>The payload of the given kind with other bytes and the right checksum.</summary>
    public static byte[] Changed(byte[] zip, string kind, Action<byte[]> change)
    {
        var payload = PayloadOf(zip, kind);
        change(payload);
        return Sealed(payload);
    }

    public static void ShouldBeRefused(byte[] zip, string message, string because)
    {
        var load = () => Load(zip);

        load.Should().Throw<Exception>(because).Which.GetBaseException().Should().BeOfType<ModelFormatException>(because)
            .Which.Message.Should().Match(message);
    }

    /// <summary>Puts the right checksum (CRC-32C) behind a payload whose bytes were changed.</summary>
    public static byte[] Sealed(byte[] payload) => Mutation.Sealed(payload);

    private static (ZipArchiveEntry Entry, (int Start, int Length) At) Find(ZipArchive archive, string kind)
    {
        var start = System.Text.Encoding.ASCII.GetBytes("MLBN" + kind);
        foreach (var entry in archive.Entries)
        {
            var content = Read(entry);
            var at = content.AsSpan().IndexOf(start);
            if (at >= 0)
                return (entry,
                    (at, HeadLength + (int)BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(at + LengthOffset)) + ChecksumLength));
        }

        throw new ArgumentException($"No entry of the zip holds a payload of kind {kind}.", nameof(kind));
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var source = entry.Open();
        using var content = new MemoryStream();
        source.CopyTo(content);
        return content.ToArray();
    }
}
