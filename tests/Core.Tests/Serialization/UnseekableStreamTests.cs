using System.IO.Compression;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

/// <summary>Files that come as a zip entry or over a connection: their length is not known before they are read.</summary>
public class UnseekableStreamTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(300)]   // 270 KB, several times what is read at once
    public void Load_StreamThatCannotSeek_GivesTheSameNetwork(int units)
    {
        var network = new Network(NetworkDefinition.Empty.Dense(units).BatchNorm().Relu().Dense(3), Shape.Vector(220), seed: 1);
        using var packed = new MemoryStream();
        using (var packing = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            network.Save(packing);
        packed.Position = 0;

        using var unpacking = new DeflateStream(packed, CompressionMode.Decompress);
        var loaded = Network.Load(unpacking);

        foreach (var (parameter, same) in network.Parameters.Zip(loaded.Parameters))
            same.Values.ToArray().Should().Equal(parameter.Values.ToArray());
    }
}
