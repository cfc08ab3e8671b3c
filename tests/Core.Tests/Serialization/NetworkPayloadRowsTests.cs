using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

/// <summary>Networks whose first layer has weights of columns that training never saw.</summary>
public class NetworkPayloadRowsTests
{
    private const int Inputs = 1_000, Units = 6;

    [Fact]
    public void Write_RowsOfZeros_AreLeftOutAndReadAsZeros()
    {
        var network = NewNetwork();
        network.TrainableParameters[0].Value[(3 * Units)..((Inputs - 7) * Units)].Clear();
        network.TrainableParameters[0].Value[500 * Units] = -1.5f;

        var bytes = Saved.Bytes(network);
        var loaded = NetworkPayload.Read(new MemoryStream(bytes));

        bytes.Length.Should().BeLessThan(800);   // 11 rows of 6 weights, and what else a small network has
        Weights(loaded).Should().Equal(Weights(network));
        Saved.Bytes(loaded).Should().Equal(bytes);
        loaded.Definition.Should().BeEquivalentTo(network.Definition);
    }

    [Fact]
    public void Write_AllRowsAreZero_ReadsAsZeros()
    {
        var network = NewNetwork();
        network.TrainableParameters[0].Value.Clear();

        Weights(NetworkPayload.Read(new MemoryStream(Saved.Bytes(network)))).Should().Equal(Weights(network));
    }

    [Fact]
    public void Write_NoRowOfZeros_IsAsItAlwaysWas()
    {
        var network = NewNetwork();
        network.TrainableParameters[0].Value[1] = 0;

        // Head, shape, and the first layer of kind 1.
        Saved.Bytes(network)[PayloadFormat.HeadLength + (3 * sizeof(int)) + sizeof(int)].Should().Be(1);
    }

    [Theory]
    [InlineData(5, 5, "*weights of column 5 of 10, after those of 5.")]
    [InlineData(5, 2, "*weights of column 2 of 10, after those of 5.")]
    [InlineData(5, 10, "*weights of column 10 of 10, after those of 5.")]
    [InlineData(-1, 5, "*weights of column -1 of 10, after those of -1.")]
    public void Read_RowsThatCannotBe_AreRefused(int first, int second, string message)
    {
        var read = () => NetworkPayload.Read(Saved.Reader(writer =>
        {
            WriteShortDense(writer, inputs: 10, units: 1);
            writer.Write(2);
            writer.Write(first);
            writer.Write(second);
            writer.Write(new float[2]);
        }));

        read.Should().Throw<ModelFormatException>().WithMessage(message);
    }

    [Fact]
    public void Read_MoreWeightsLeftOutThanAllowed_IsRefusedWithoutBuildingThem()
    {
        var read = () => NetworkPayload.Read(Saved.Reader(writer => WriteShortDense(writer, inputs: 10_000_000, units: 50)));

        read.Should().Throw<ModelFormatException>().WithMessage(
            "*500000000 parameters that it does not hold, more than the 67108864 of ModelLimits.ImpliedParameters.*");
    }

    [Fact]
    public void Read_AnyByteForged_IsRefusedOrANetwork()
    {
        var network = new Network(NetworkDefinition.Empty.Dense(2), Shape.Vector(6), seed: 1);
        network.TrainableParameters[0].Value[2..].Clear();
        var whole = Saved.Bytes(network);
        var body = whole[PayloadFormat.HeadLength..^PayloadFormat.ChecksumLength];
        for (var i = 0; i < body.Length; i++)
            foreach (var forged in new byte[] { 0, 1, 2, 20, 127, 255 })
            {
                var copy = (byte[])body.Clone();
                copy[i] = forged;

                var thrown = Record.Exception(() => NetworkPayload.Read(Saved.Reader(writer => Array.ForEach(copy, writer.Write))));

                (thrown is null or ModelFormatException).Should().BeTrue("byte {0} = {1} gave {2}", i, forged, thrown);
            }
    }

    private static void WriteShortDense(PayloadWriter writer, int inputs, int units)
    {
        writer.Write(1);
        writer.Write(1);
        writer.Write(inputs);
        writer.Write(1);
        writer.Write((byte)20);
        writer.Write(units);
        writer.Write(false);
        writer.Write((byte)1);
    }

    private static Network NewNetwork() =>
        new(NetworkDefinition.Empty.Dense(Units).BatchNorm().Relu().Dense(2), Shape.Vector(Inputs), seed: 1);

    private static float[] Weights(Network network) => [.. network.TrainableParameters.SelectMany(parameter => parameter.Value.ToArray())];
}
