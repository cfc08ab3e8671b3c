using System.Buffers.Binary;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

public class NetworkPayloadTests
{
    [Fact]
    public void Read_WhatWasWritten_IsTheSameNetwork()
    {
        var network = EveryKindOfLayer();

        var loaded = Read(Bytes(network));

        loaded.InputShape.Should().Be(network.InputShape);
        loaded.Definition.Layers.Should().Equal(network.Definition.Layers);
        loaded.TrainableParameters.Select(parameter => parameter.Value.ToArray()).Should().BeEquivalentTo(
            network.TrainableParameters.Select(parameter => parameter.Value.ToArray()), options => options.WithStrictOrdering());
        foreach (var (theirs, ours) in loaded.Layers.OfType<BatchNormLayer>().Zip(network.Layers.OfType<BatchNormLayer>()))
        {
            theirs.RunningMean.Should().Equal(ours.RunningMean);
            theirs.RunningVariance.Should().Equal(ours.RunningVariance);
            theirs.Batches.Should().Be(ours.Batches).And.BePositive();
        }
    }

    [Fact]
    public void Read_WhatWasWritten_PredictsTheSameBits()
    {
        var network = EveryKindOfLayer();
        var features = Some.Values(20 * 6, seed: 5);
        var (expected, actual) = (new float[20 * 3], new float[20 * 3]);

        network.ToPredictor().Predict(features, expected);
        Read(Bytes(network)).ToPredictor().Predict(features, actual);

        actual.Should().Equal(expected);
    }

    [Fact]
    public void Read_AnyNetwork_HasTheSameOptionsByName()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var network = new RandomNetwork(seed).Make();

            var read = NetworkPayload.Read(new MemoryStream(Saved.Bytes(network)));

            LayerOptions.Of(read).Should().Equal(LayerOptions.Of(network), $"of seed {seed}");
        }
    }

    [Fact]
    public void Read_AnyByteFlipped_IsRefused()
    {
        var bytes = Bytes(Tiny());
        foreach (var flip in new byte[] { 0x01, 0x80, 0xFF })
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= flip;
                Record.Exception(() => Read(bytes)).Should().BeOfType<ModelFormatException>("byte {0} was flipped by {1}", i, flip);
                bytes[i] ^= flip;
            }
    }

    [Fact]
    public void Read_CutAnywhere_IsRefused()
    {
        var bytes = Bytes(Tiny());
        for (var length = 0; length < bytes.Length; length++)
            Record.Exception(() => Read(bytes[..length])).Should().BeOfType<ModelFormatException>("only {0} bytes are left", length);
    }

    // Damage that the checksum cannot find: bytes that were written like this.
    [Fact]
    public void Read_AnyByteOfTheBodyForged_IsRefusedOrANetwork()
    {
        var bytes = Bytes(Tiny());
        for (var i = PayloadFormat.HeadLength; i < bytes.Length - PayloadFormat.ChecksumLength; i++)
            foreach (var forged in new byte[] { 0, 1, 2, 5, 127, 128, 255 })
            {
                var copy = (byte[])bytes.Clone();
                copy[i] = forged;
                Mutation.Sealed(copy);

                var before = GC.GetAllocatedBytesForCurrentThread();
                var thrown = Record.Exception(() => Read(copy));

                (thrown is null or ModelFormatException).Should().BeTrue("byte {0} = {1} gave {2}", i, forged, thrown);
                (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1_000_000);
            }
    }

    [Fact]
    public void Read_LayersThatNeedMoreThanThereIs_AreRefusedWithoutBuildingThem()
    {
        var layers = Body(writer =>
        {
            writer.Write(2);
            for (var i = 0; i < 2; i++)
            {
                writer.Write((byte)1);
                writer.Write(2_000_000_000);
                writer.Write(true);
                writer.Write((byte)1);
            }
        });
        var read = () => Read(layers);

        read.Should().Throw<ModelFormatException>().WithMessage("*bytes of parameters, where 0 bytes are left.");
    }

    [Fact]
    public void Read_UnknownLayerOrBadOption_SaysWhich()
    {
        var unknown = () => Read(Body(writer =>
        {
            writer.Write(1);
            writer.Write((byte)77);
        }));
        var badRate = () => Read(Body(writer =>
        {
            writer.Write(1);
            writer.Write((byte)4);
            writer.Write(1.5f);
        }));

        unknown.Should().Throw<ModelFormatException>().WithMessage("Cannot read the saved network: it has a layer of unknown kind 77.*");
        badRate.Should().Throw<ModelFormatException>().WithMessage("*Rate must be at least 0 and less than 1*");
    }

    [Fact]
    public void Read_NegativeNumberOfBatches_IsRefused()
    {
        var network = Tiny();
        ((BatchNormLayer)network.Layers[1]).Batches = -1;
        var read = () => Read(Bytes(network));

        read.Should().Throw<ModelFormatException>().WithMessage("*'batchnorm1' counts -1 batches.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Read_FormatVersionBelowOne_IsRefused(int version)
    {
        var bytes = Bytes(Tiny());
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), version);
        Mutation.Sealed(bytes);
        var read = () => Read(bytes);

        read.Should().Throw<ModelFormatException>().WithMessage($"*format version {version}*");
    }

    [Fact]
    public void Read_BytesLeftOver_AreRefused()
    {
        var read = () => Read(Body(writer =>
        {
            writer.Write(1);
            writer.Write((byte)4);
            writer.Write(0.5f);
            writer.Write((byte)0);
        }));

        read.Should().Throw<ModelFormatException>().WithMessage("*1 bytes are left over.");
    }

    private static Network EveryKindOfLayer()
    {
        var definition = NetworkDefinition.Empty
            .Dense(4, Initializer.Glorot).BatchNorm(epsilon: 1e-3f, momentum: 0.3f).Relu()
            .Dense(5, Initializer.PyTorch).Sigmoid().Dropout(0.3f)
            .Dense(4, Initializer.Normal(0.2f)).Add(new BatchNormDefinition { Momentum = null, Scale = false }).Tanh()
            .Add(new BatchNormDefinition { Center = false })
            .LeakyRelu(0.3f).Elu(1.5f).Gelu().Silu().GeluTanh().HardSwish().Softplus().Mish().PRelu(0.5f).RmsNorm(0.01f)
            .Dense(3);
        var network = new Network(definition, Shape.Image(2, 3, 1), seed: 1);
        for (var i = 0; i < 3; i++)
            network.Forward(Some.Values(10 * 6, seed: i, shift: 1), 10, Some.TrainingPass);
        return network;
    }

    private static Network Tiny() =>
        new(NetworkDefinition.Empty.Dense(2).BatchNorm().Relu().Dropout(0.5f).Dense(2), Shape.Vector(3), seed: 1);

    private static byte[] Body(Action<PayloadWriter> writeLayers)
    {
        var writer = new PayloadWriter(NetworkPayload.Kind);
        writer.Write(1);
        writer.Write(1);
        writer.Write(3);
        writeLayers(writer);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    private static byte[] Bytes(Network network)
    {
        using var stream = new MemoryStream();
        NetworkPayload.Write(network, stream);
        return stream.ToArray();
    }

    private static Network Read(byte[] bytes) => NetworkPayload.Read(new MemoryStream(bytes));
}
