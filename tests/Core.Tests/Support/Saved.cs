using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Bytes that the product writes.</summary>
internal static class Saved
{
    /// <summary>A network as it is saved: equal for equal layers with equal numbers, bit for bit.</summary>
    public static byte[] Bytes(Network network) => Written(stream => NetworkPayload.Write(network, stream));

    public static byte[] Written(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    /// <summary>What was written as part of a payload, ready to be read again.</summary>
    public static PayloadReader Reader(Action<PayloadWriter> write)
    {
        var kind = new PayloadKind("TEST", "test", Version: 1);
        var writer = new PayloadWriter(kind);
        write(writer);
        return PayloadReader.Open(new MemoryStream(Written(writer.WriteTo)), kind);
    }
}
