using MLNet.BatchNorm.Core.Networks;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class NeuralNetworksTests
{
    [Fact]
    public void Mlp_Hidden_IsDenseBatchNormReluEach()
    {
        NeuralNetworks.Mlp([128, 64])(NetworkDefinition.Empty).Layers.Select(layer => layer.Kind).Should().Equal(
            "dense", "batchnorm", "relu", "dense", "batchnorm", "relu");
        NeuralNetworks.Mlp([7], dropout: 0.2f)(NetworkDefinition.Empty).Layers.Should().Equal(
            new DenseDefinition(7), new BatchNormDefinition(), new ActivationDefinition(ActivationKind.Relu), new DropoutDefinition(0.2f));
    }

    [Fact]
    public void Mlp_NoOrBadLayers_Throws()
    {
        var none = () => NeuralNetworks.Mlp([]);
        var zero = () => NeuralNetworks.Mlp([3, 0]);

        none.Should().Throw<ArgumentException>().WithMessage("*at least one hidden layer*");
        zero.Should().Throw<ArgumentException>().WithMessage("hidden must be positive*");
    }

    [Fact]
    public void SmallCnn_Default_IsTwoBlocksOfConvolutionBatchNormReluPool()
    {
        var network = Build(NeuralNetworks.SmallCnn(), Shape.Image(28, 28, 1));

        network.Layers.Select(layer => layer.Name).Should().Equal(
            "conv1", "batchnorm1", "relu1", "maxpool1", "conv2", "batchnorm2", "relu2", "maxpool2");
        network.OutputShape.Should().Be(Shape.Image(7, 7, 32));
        network.ParameterCount.Should().Be(9 * 16 + 2 * 16 + 16 * 9 * 32 + 2 * 32);
    }

    [Fact]
    public void SmallCnn_AllOptions_AreThere()
    {
        var definition = NeuralNetworks.SmallCnn([4, 6, 8], convolutions: 2, kernelSize: 5, dense: 20, dropout: 0.3f);
        var network = Build(definition, Shape.Image(8, 9, 3));

        network.Layers.Select(layer => layer.Name.TrimEnd('1', '2', '3', '4', '5', '6', '7')).Should().Equal(
            [
                "conv", "batchnorm", "relu", "conv", "batchnorm", "relu", "maxpool",
                "conv", "batchnorm", "relu", "conv", "batchnorm", "relu", "maxpool",
                "conv", "batchnorm", "relu", "conv", "batchnorm", "relu", "maxpool",
                "dense", "batchnorm", "relu", "dropout",
            ]);
        network.Layers[^5].OutputShape.Should().Be(Shape.Image(1, 1, 8));
        network.OutputShape.Should().Be(Shape.Vector(20));
        network.Definition.Layers.OfType<Conv2DDefinition>().Should().OnlyContain(
            layer => layer.KernelHeight == 5 && layer.KernelWidth == 5 && layer.Padding == 2);
        network.Definition.Layers[^1].Should().Be(new DropoutDefinition(0.3f));
    }

    // Counted in PyTorch 1.13 for the same layers with 3 input channels and a last layer of 10 units: conv 3x3 without bias and
    // batch norm throughout, and a 1x1 convolution with batch norm around the first block of stages 2 and 3.
    [Theory]
    [InlineData(8, 78042)]
    [InlineData(14, 175258)]
    [InlineData(20, 272474)]
    public void ResNet_Depths_HaveTheLayersAndParametersOfThePaper(int depth, long parameters)
    {
        var network = Build(net => NeuralNetworks.ResNet(depth)(net).Dense(10), Shape.Image(32, 32, 3));

        network.ParameterCount.Should().Be(parameters);
        network.Layers.Where(layer => layer is ResidualLayer).Select(layer => layer.OutputShape).Distinct().Should().Equal(
            Shape.Image(32, 32, 16), Shape.Image(16, 16, 32), Shape.Image(8, 8, 64));
        var blocks = network.Layers.OfType<ResidualLayer>().ToArray();
        blocks.Should().HaveCount((depth - 2) / 2);
        blocks.Count(block => block.Projection is not null).Should().Be(2);
        network.Layers[^2].OutputShape.Should().Be(Shape.Vector(64));
    }

    // torchvision's counts, with its last layer of 1,000 classes.
    [Theory]
    [InlineData(18, 11_689_512, 512, 8)]
    [InlineData(34, 21_797_672, 512, 16)]
    [InlineData(50, 25_557_032, 2_048, 16)]
    public void ResNetForLargeImages_Depths_HaveTheLayersAndParametersOfTorchvision(int depth, long parameters, int features, int blocks)
    {
        var layers = ForLargeImages(depth);

        var network = Build(net => layers(net).Dense(1_000), Shape.Image(224, 224, 3));

        network.ParameterCount.Should().Be(parameters);
        network.Layers[^2].OutputShape.Should().Be(Shape.Vector(features));
        network.Layers.OfType<ResidualLayer>().Should().HaveCount(blocks);
        network.Layers.OfType<ResidualLayer>().Select(block => block.OutputShape.Height).Distinct().Should().Equal(56, 28, 14, 7);
    }

    [Theory]
    [InlineData(18)]
    [InlineData(34)]
    [InlineData(50)]
    public void ResNetForLargeImages_Of33PixelsASide_AreTakenAndSmallerRefusedWithTheSizeNeeded(int depth)
    {
        var layers = ForLargeImages(depth);
        Plan(33, 33).Should().NotThrow();
        Refused(32, 32, "33x33");
        Refused(20, 20, "33x33");
        Refused(16, 24, "33x33");

        Action Plan(int height, int width) =>
            () => LayerPlan.OfNew(layers(NetworkDefinition.Empty), Shape.Image(height, width, 3), seed: 0, initializer: null);

        void Refused(int height, int width, string needed) => Plan(height, width).Should().Throw<ArgumentException>().WithMessage(
            $"Images of {height}x{width}x3 are too small*from {needed} pixels on*ResizeImages*fewer layers that shrink*'residual*conv*");
    }

    [Fact]
    public void Build_WindowThatNoLargerImageHelps_SaysWhichLayer()
    {
        var vector = () => Build(net => net.Conv2D(2), Shape.Vector(9));
        var pooledAway = () => Build(net => net.GlobalAveragePool().Conv2D(2), Shape.Image(8, 8, 1));

        vector.Should().Throw<ArgumentException>().WithMessage("Layer 1 'conv1'*");
        pooledAway.Should().Throw<ArgumentException>().WithMessage("Layer 2 'conv1'*");
    }

    [Theory]
    [InlineData(3, 9, "5x9")]
    [InlineData(9, 3, "9x5")]
    public void Build_ImageTooSmallOneWay_NamesTheSizeOfBoth(int height, int width, string needed)
    {
        var build = () => Build(net => net.Conv2D(2, kernelSize: 5), Shape.Image(height, width, 1));

        build.Should().Throw<ArgumentException>().WithMessage($"Images of {height}x{width}x1 are too small*from {needed} pixels on*");
    }

    [Fact]
    public void Build_OtherFaultThatALargerImageWouldNotHave_DoesNotBlameTheSize()
    {
        var groups = () => Build(net => net.Flatten().GroupNorm(4), Shape.Image(5, 5, 1));

        groups.Should().Throw<ArgumentException>().WithMessage("Layer 2 'groupnorm1'*");
    }

    [Fact]
    public void Build_ImagesTooSmallForManyPools_NamesASizeUpTo512()
    {
        var nine = () => Build(Pools(9), Shape.Image(8, 8, 1));
        var ten = () => Build(Pools(10), Shape.Image(8, 8, 1));

        nine.Should().Throw<ArgumentException>().WithMessage("Images of 8x8x1 are too small*from 512x512 pixels on*");
        ten.Should().Throw<ArgumentException>().WithMessage("Layer 4 'maxpool4'*");

        static Func<NetworkDefinition, NetworkDefinition> Pools(int count) =>
            net => Enumerable.Range(0, count).Aggregate(net, (pooled, _) => pooled.MaxPool2D());
    }

    [Fact]
    public void ResNet_Width_IsThatOfTheFirstStage() =>
        Build(NeuralNetworks.ResNet(width: 3), Shape.Image(8, 8, 1)).OutputShape.Should().Be(Shape.Vector(12));

    [Fact]
    public void ImageNetworks_BadNumbers_SayWhatIsExpected()
    {
        Refused(() => NeuralNetworks.SmallCnn([]), "A small CNN needs at least one block*");
        Refused(() => NeuralNetworks.SmallCnn([3, 0]), "filters must be positive*");
        Refused(() => NeuralNetworks.SmallCnn(convolutions: 0), "convolutions must be positive*");
        Refused(() => NeuralNetworks.SmallCnn(kernelSize: 4), "kernelSize must be odd*");
        Refused(() => NeuralNetworks.SmallCnn(dense: -1), "dense must be 0 or more*");
        Refused(() => NeuralNetworks.SmallCnn(dropout: 1), "dropout must be at least 0*");
        Refused(() => NeuralNetworks.ResNet(depth: 10), "depth must be 8, 14, 20*");
        Refused(() => NeuralNetworks.ResNet(depth: 2), "depth must be 8, 14, 20*");
        Refused(() => NeuralNetworks.ResNet(width: 0), "width must be positive*");

        static void Refused(Func<object> make, string message) => make.Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static Func<NetworkDefinition, NetworkDefinition> ForLargeImages(int depth) => depth switch
    {
        18 => NeuralNetworks.ResNet18(),
        34 => NeuralNetworks.ResNet34(),
        _ => NeuralNetworks.ResNet50(),
    };

    private static Network Build(Func<NetworkDefinition, NetworkDefinition> network, Shape input) =>
        new(network(NetworkDefinition.Empty), input, seed: 1);
}
