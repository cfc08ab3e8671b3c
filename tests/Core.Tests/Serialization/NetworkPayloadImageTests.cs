using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

public class NetworkPayloadImageTests
{
    private static readonly Shape Image = Shape.Image(12, 10, 2);

    [Fact]
    public void Read_EveryLayerForImages_HasTheSameOptionsAndBits()
    {
        var network = new Network(
            NetworkDefinition.Empty
                .Add(new Conv2DDefinition(5) { KernelHeight = 2, KernelWidth = 4, Padding = 1, Initializer = Initializer.Normal(0.3f) })
                .BatchNorm().Relu()
                .Add(new MaxPool2DDefinition(3) { Stride = 1, Padding = 2 })
                .Add(new Conv2DDefinition(4) { Stride = 2, UseBias = true }).BatchNorm().AveragePool2D()
                .Conv2D(6, kernelSize: 1).Flatten().Dense(3),
            Image, seed: 1);
        network.Forward(Some.Values(6 * Image.Size, seed: 2), 6, Some.TrainingPass);
        var features = Some.Values(4 * Image.Size, seed: 3);

        var loaded = Read(network);

        loaded.Definition.Layers.Should().Equal(network.Definition.Layers);
        loaded.Forward(features, 4, Pass.Inference).ToArray().Should().Equal(network.Forward(features, 4, Pass.Inference).ToArray());
    }

    public static TheoryData<LayerDefinition> General =>
    [
        new Conv2DDefinition(4) { Stride = new Size2D(1, 2), Padding = new Padding2D(0, 1, 2, 3), Dilation = new Size2D(3, 2), Groups = 2 },
        new Conv2DDefinition(4) { Groups = 2 },
        new Conv2DDefinition(4) { Dilation = 2 },
        new Conv2DDefinition(4) { Padding = new Padding2D(0, 0, 1, 1) },
        new MaxPool2DDefinition(new Size2D(2, 3)),
        new MaxPool2DDefinition(3) { CeilMode = true, Stride = new Size2D(2, 1), Padding = new Padding2D(0, 1, 2, 1) },
        new AveragePool2DDefinition { CountIncludePad = true },
        new AveragePool2DDefinition(new Size2D(1, 3)) { Dilation = new Size2D(1, 2), Stride = 1 },
        new GlobalMaxPoolDefinition(),
    ];

    [Theory]
    [MemberData(nameof(General))]
    public void Read_OptionsByDirectionAndSide_AreTheSame(LayerDefinition definition)
    {
        var network = new Network(NetworkDefinition.Empty.Add(definition), Image, seed: 1);
        var features = Some.Values(4 * Image.Size, seed: 3);

        var loaded = Read(network);

        loaded.Definition.Layers.Should().Equal(network.Definition.Layers);
        loaded.Forward(features, 4, Pass.Inference).ToArray().Should().Equal(network.Forward(features, 4, Pass.Inference).ToArray());
    }

    // What the first format can say stays as it was, byte for byte, so that earlier versions read it.
    [Fact]
    public void Write_SameBothWaysAndOnAllSides_IsOfTheFirstKinds()
    {
        FirstKind(new Conv2DDefinition(4) { Stride = 2, Padding = 1 }).Should().Be(9);
        FirstKind(new MaxPool2DDefinition(3) { Stride = 2, Padding = 1 }).Should().Be(10);
        FirstKind(new AveragePool2DDefinition(3)).Should().Be(11);

        // Behind the head of 20 bytes stand the shape and the number of layers, 16 bytes.
        static byte FirstKind(LayerDefinition layer) => Saved.Bytes(new Network(NetworkDefinition.Empty.Add(layer), Image, seed: 1))[36];
    }

    [Fact]
    public void Read_GlobalAveragePool_IsTheSame()
    {
        var network = new Network(NetworkDefinition.Empty.GlobalAveragePool(), Image, seed: 1);

        Read(network).Definition.Layers.Should().Equal(new GlobalAveragePoolDefinition());
    }

    [Theory]
    [InlineData(20_000_000, 3, 3, 1, 0, "*bytes of parameters, where 0 bytes are left.")]
    [InlineData(1, int.MaxValue, int.MaxValue, 1, int.MaxValue - 1, "*conv1*values, more than*")]
    [InlineData(1, int.MaxValue, 1, 1, 0, "*conv1*does not fit*")]
    [InlineData(1, 3, 3, 0, 0, "*Stride must be positive*")]
    [InlineData(-1, 3, 3, 1, 0, "*Filters must be positive*")]
    public void Read_ForgedConvolution_IsRefusedWithoutBuildingIt(
        int filters, int height, int width, int stride, int padding, string message)
    {
        var writer = new PayloadWriter(NetworkPayload.Kind);
        foreach (var number in new[] { Image.Height, Image.Width, Image.Channels, 1 })
            writer.Write(number);
        writer.Write((byte)9);
        writer.Write(filters);
        writer.Write(true);
        writer.Write((byte)1);
        foreach (var number in new[] { height, width, stride, padding })
            writer.Write(number);

        ShouldBeRefused(writer, message);
    }

    [Theory]
    [InlineData(1, int.MaxValue, 1, 1, "*conv1*A padding of 2147483647 around an input 12x10x2*")]
    [InlineData(1, 0, int.MaxValue, 1, "*conv1*with a dilation of 2147483647x2147483647 does not fit*")]
    [InlineData(0, 0, 1, 1, "*Stride must be positive*")]
    [InlineData(1, -1, 1, 1, "*Padding must be 0 or more*")]
    [InlineData(1, 0, 1, 3, "*conv1*3 groups do not divide 2 channels and 4 filters*")]
    [InlineData(1, 0, 1, -1, "*Groups must be positive*")]
    public void Read_ForgedOptions_AreRefusedWithoutBuildingThem(int stride, int padding, int dilation, int groups, string message)
    {
        var writer = new PayloadWriter(NetworkPayload.Kind);
        foreach (var number in new[] { Image.Height, Image.Width, Image.Channels, 1 })
            writer.Write(number);
        writer.Write((byte)23);
        writer.Write(4);
        writer.Write(false);
        writer.Write((byte)1);
        foreach (var number in new[] { 3, 3, stride, stride, padding, padding, padding, padding, dilation, dilation, groups })
            writer.Write(number);

        ShouldBeRefused(writer, message);
    }

    private static void ShouldBeRefused(PayloadWriter forged, string message)
    {
        using var stream = new MemoryStream();
        forged.WriteTo(stream);
        stream.Position = 0;

        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = () => NetworkPayload.Read(stream);

        read.Should().Throw<ModelFormatException>().WithMessage(message);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1_000_000);
    }

    private static Network Read(Network network)
    {
        using var stream = new MemoryStream();
        NetworkPayload.Write(network, stream);
        stream.Position = 0;
        return NetworkPayload.Read(stream);
    }
}
