using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Reads networks that anybody may have written.</summary>
internal static class UntrustedNetwork
{
    /// <summary>
    /// By default a small file may take more than the tests allow, though honestly: the weights of many unseen columns, a wide padding.
    /// </summary>
    public static ModelLimits Limits { get; } = new() { ImpliedParameters = 1 << 20, ActivationsPerRow = 1 << 22 };

    /// <summary>What was read is used: it predicts a row, and is saved as the same network.</summary>
    public static void Read(byte[] payload)
    {
        const int fast = 1 << 20;
        var reader = PayloadReader.Open(new MemoryStream(payload), NetworkPayload.Kind, Limits);
        var network = NetworkPayload.Read(reader);
        reader.Close();
        if (network.Layers.Sum(layer => layer.Operations) > fast)
            return;
        var saved = Saved.Bytes(network);
        Saved.Bytes(NetworkPayload.Read(new MemoryStream(saved))).AsSpan().SequenceEqual(saved).Should().BeTrue();
        network.Predict(new float[network.InputShape.Size], new float[network.OutputShape.Size]);
    }
}
