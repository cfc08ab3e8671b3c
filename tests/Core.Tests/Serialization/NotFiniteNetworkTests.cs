using System.Buffers.Binary;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

/// <summary>Networks with numbers that no network can predict with.</summary>
public class NotFiniteNetworkTests
{
    private const float Marker = 123.456f;

    public static TheoryData<string, float, string> Numbers => new()
    {
        { "weight", float.NaN, "its parameter 'residual1.dense1.weight' has the value NaN." },
        { "weight", float.PositiveInfinity, "its parameter 'residual1.dense1.weight' has the value *." },
        { "mean", float.NegativeInfinity, "the running mean of 'residual1.batchnorm1' has the value *." },
        { "variance", float.NaN, "the running variance of 'residual1.batchnorm1' has the value NaN." },
        { "variance", -1, "the running variance of 'residual1.batchnorm1' has the value -1." },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Read_NumberThatIsNotFinite_NamesLayerAndNumbers(string where, float bad, string message)
    {
        var network = Marked(where, Marker);
        var file = Saved.Bytes(network);
        var marker = BitConverter.GetBytes(Marker);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(file.AsSpan().IndexOf(marker)), bad);
        var read = () => NetworkPayload.Read(new MemoryStream(Mutation.Sealed(file)));

        read.Should().Throw<ModelFormatException>().WithMessage($"Cannot read the saved network: {message}");
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Save_NumberThatIsNotFinite_SaysWhatHappened(string where, float bad, string message)
    {
        var network = Marked(where, bad);
        var stream = new MemoryStream();
        var save = () => network.Save(stream);

        save.Should().Throw<InvalidOperationException>().WithMessage($"The network cannot be saved: {message} Its training has diverged.*");
        stream.Length.Should().Be(0);
    }

    private static Network Marked(string where, float value)
    {
        var network = new Network(NetworkDefinition.Empty.Residual(inner => inner.Dense(3).BatchNorm()).Dense(1), Shape.Vector(3), seed: 1);
        var norm = network.Layers[0].InnerLayers.OfType<BatchNormLayer>().Single();
        switch (where)
        {
            case "weight":
                network.TrainableParameters[0].Value[4] = value;
                break;
            case "mean":
                norm.RunningMean[1] = value;
                break;
            default:
                norm.RunningVariance[2] = value;
                break;
        }

        return network;
    }
}
