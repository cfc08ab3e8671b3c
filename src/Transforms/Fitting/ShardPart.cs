using System.IO.Compression;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>
/// What was fitted on one shard as bytes that go to other processes, over ranks or as files: a model zip, without entries where the shard
/// has no rows.
/// </summary>
internal static class ShardPart
{
    public static byte[] Save(BatchNormalizationTransformer? part)
    {
        using var stream = new MemoryStream();
        if (part is null)
            new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true).Dispose();
        else
            new MLContext().Model.Save(part, inputSchema: null, stream);
        return stream.ToArray();
    }

    /// <summary>Null where the shard has no rows.</summary>
    /// <exception cref="Exception">The bytes are not of a part; ML.NET throws various types.</exception>
    public static BatchNormalizationTransformer? Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true))
            if (zip.Entries.Count == 0)
                return null;
        stream.Position = 0;
        return ModelEntry.Only<BatchNormalizationTransformer>(new MLContext().Model.Load(stream, out _));
    }

    /// <summary>The parts of all shards in their order, where rank r fitted the shards r, r + count of ranks, and so on.</summary>
    /// <param name="ranks">Null: one's own are all.</param>
    /// <param name="own">The saved parts that this rank fitted.</param>
    /// <param name="shards">Of all ranks together.</param>
    public static BatchNormalizationTransformer?[] Gather(Ranks? ranks, IEnumerable<byte[]> own, int shards)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (var part in own)
        {
            writer.Write(part.Length);
            writer.Write(part);
        }

        BinaryReader[] readers = [.. ranks.AllOf<byte>(stream.ToArray()).Select(bytes => new BinaryReader(new MemoryStream(bytes)))];
        var parts = new BatchNormalizationTransformer?[shards];
        for (var shard = 0; shard < shards; shard++)
        {
            var reader = readers[shard % readers.Length];
            parts[shard] = Read(reader.ReadBytes(reader.ReadInt32()));
        }

        return parts;
    }
}
