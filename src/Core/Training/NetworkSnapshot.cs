using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>What a network had learned at some time: parameters and running statistics, as the bytes of a payload.</summary>
internal sealed class NetworkSnapshot(byte[] bytes)
{
    private static readonly PayloadKind Kind = new("NSTA", "network state", Version: 1);

    public ReadOnlySpan<byte> Bytes => bytes;

    public static NetworkSnapshot Of(Network network)
    {
        var writer = new PayloadWriter(Kind);
        NetworkPayload.WriteState(network, writer);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return new NetworkSnapshot(stream.ToArray());
    }

    /// <summary>Gives it back to the network, or to another one with the same layers.</summary>
    public void RestoreTo(Network network)
    {
        var reader = PayloadReader.Open(new MemoryStream(bytes), Kind);
        NetworkPayload.ReadState(network, reader);
        reader.Close();
    }
}
