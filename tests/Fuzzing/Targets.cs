using ImageClassification;
using ImageClassification.Pictures;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;
using SkiaSharp;
using WebServing;

namespace MLNet.BatchNorm.Fuzzing;

/// <summary>
/// Whatever reads files of strangers, by name. Each takes any bytes, and throws what is no documented refusal of its reader.
/// </summary>
internal static class Targets
{
    public static IReadOnlyDictionary<string, Action<byte[]>> All { get; } = new SortedDictionary<string, Action<byte[]>>
    {
        ["network"] = file => Payload(file, UntrustedNetwork.Read),
        ["checkpoint"] = file => Payload(file, payload => CheckpointFile.Read(new MemoryStream(payload))),
        ["normalization"] = file => Payload(
            file, payload => BatchNormalizationTransformer.Read(Open(payload, BatchNormalizationTransformer.Entry.Payload))),
        ["prediction"] = file => Payload(
            file, payload => NeuralNetworkPredictionTransformer.Read(Open(payload, NeuralNetworkPredictionTransformer.Entry.Payload))),
        ["safetensors"] = file => ReaderContract.IsRead<ModelFormatException>(file, ReadSafetensors, "safetensors"),
        ["idx"] = file => ReaderContract.IsRead<UserError>(file, ReadIdx, "IDX"),
        ["picture"] = file => Picture<UserError>(file, content => AsFile(content, PictureFolder.RequireReadable)),
        ["upload"] = file => Picture<BadHttpRequestException>(file, ReadUpload),
    };

    private static void Payload(byte[] file, Action<byte[]> read)
    {
        ModelLimits.Current = UntrustedNetwork.Limits;
        ReaderContract.IsRead<ModelFormatException>(Repaired(file), read, "payload");
    }

    // A fuzzer does not find checksums. The last byte belongs to one, so it can say which few files are read as they are.
    private static byte[] Repaired(byte[] file) =>
        file.Length < Mutation.SmallestPayload || file[^1] % 16 == 0 ? file : Mutation.SealedThroughout(file);

    private static PayloadReader Open(byte[] payload, PayloadKind kind) => PayloadReader.Open(new MemoryStream(payload), kind);

    private static void ReadSafetensors(byte[] file)
    {
        var network = SafetensorsNetwork();
        var before = Saved.Bytes(network);
        try
        {
            Load(network, file);
        }
        catch (ModelFormatException)
        {
            Saved.Bytes(network).AsSpan().SequenceEqual(before).Should().BeTrue("what cannot be taken changes nothing");
            throw;
        }

        var saved = Saved.Written(stream => network.SaveSafetensors(stream));
        network.LoadSafetensors(new MemoryStream(saved));
        Saved.Written(stream => network.SaveSafetensors(stream)).AsSpan().SequenceEqual(saved).Should().BeTrue("it is the same network");
    }

    private static void Load(Network network, byte[] file)
    {
        try
        {
            network.LoadSafetensors(new MemoryStream(file));
        }
        catch (ModelFormatException)
        {
            network.LoadSafetensors(new MemoryStream(file), strict: false);
        }
    }

    private static Network SafetensorsNetwork() => new(
        NetworkDefinition.Empty.Conv2D(2).BatchNorm().Relu().Residual(inner => inner.Conv2D(3, padding: 1).GroupNorm(1)).Flatten().Dense(2),
        Shape.Image(4, 3, 1), seed: 1);

    private static void ReadIdx(byte[] file) => AsFile(file, ReadIdx, extension: file is [0x1F, 0x8B, ..] ? ".gz" : "");

    private static void ReadIdx(string path)
    {
        try
        {
            IdxFile.ReadImages(path);
        }
        catch (UserError)
        {
            IdxFile.ReadLabels(path);
        }
    }

    private static void ReadUpload(byte[] content) => Upload.Read(new MemoryStream(content), CancellationToken.None).Result.Dispose();

    private static void Picture<TRefusal>(byte[] file, Action<byte[]> read)
        where TRefusal : Exception
    {
        if (!TakesLong(file))
            ReaderContract.IsRead<TRefusal>(file, read, "picture");
    }

    // What is large and not too large is decoded, which honestly takes its time.
    private static bool TakesLong(byte[] file)
    {
        const long fast = 1 << 20, refused = 250_000_000;
        using var head = SKCodec.Create(new MemoryStream(file));
        return head is not null && (long)head.Info.Width * head.Info.Height is > fast and <= refused;
    }

    private static void AsFile(byte[] content, Action<string> read, string extension = "")
    {
        var path = Path.Combine(Path.GetTempPath(), $"fuzzing-{Environment.ProcessId}{extension}");
        File.WriteAllBytes(path, content);
        try
        {
            read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
