using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class TrainingMemoryTests
{
    private const int Rows = 24;
    private static readonly Shape Input = Shape.Image(32, 32, 3);

    private static readonly NetworkDefinition Mixed = NetworkDefinition.Empty
        .Conv2D(24, padding: 1).Add(new BatchNormDefinition { VirtualBatchSize = 8 }).Relu().MaxPool2D()
        .Concat(inner => inner.Conv2D(8, padding: 1).GroupNorm(4).Gelu()).AveragePool2D().Dropout(0.3f)
        .Dense(200).Relu().LayerNorm().Tanh().Dense(10);

    private static readonly NetworkDefinition ResNet = NeuralNetworks.ResNet(14)(NetworkDefinition.Empty).Dense(10);

    public static TheoryData<string, NetworkDefinition, string?> Networks => new()
    {
        { "perceptron", NetworkDefinition.Empty.Dense(512).BatchNorm().Relu().Dropout(0.2f).Dense(256).BatchNorm().Relu().Dense(10), null },
        { "mixed", Mixed, null },
        { "mixed, frozen", Mixed, "dropout1" },
        { "ResNet", ResNet, null },
        { "ResNet, frozen in the middle", ResNet, "relu4" },
        { "ResNet, frozen but for the head", ResNet, "globalpool1" },
    };

    // Not counted are the objects themselves and numbers per channel, such as running statistics; counted is a second buffer of each
    // workspace, which a short block may not need.
    [Theory]
    [MemberData(nameof(Networks))]
    public void TrainingBytes_AnyNetwork_IsWhatAFirstStepAllocates(string name, NetworkDefinition definition, string? freezeThrough)
    {
        using var alone = BlockRunner.Limit(1);
        var x = Some.Values(Rows * Input.Size, seed: 2);
        var upstream = Some.Values(Rows * 10, seed: 3);
        Step();   // scratch of the kernels and compilation
        var before = GC.GetAllocatedBytesForCurrentThread();
        var network = Step();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        var expected = network.TrainingBytes(Rows);
        expected.Should().Be(new Network(definition, Input, seed: 1).TrainingBytes(Rows, freezeThrough), name);
        allocated.Should().BeCloseTo(expected, (ulong)(0.02 * expected), name);

        Network Step()
        {
            var trained = new Network(definition, Input, seed: 1);
            if (freezeThrough is not null)
                trained.FreezeThrough(freezeThrough);
            trained.Forward(x, Rows, Some.TrainingPass);
            trained.Backward(x, upstream);
            return trained;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forward_WithoutAWayBack_AllocatesTheWorkspaceAlone(bool calibrates)
    {
        using var alone = BlockRunner.Limit(1);
        var x = Some.Values(Rows * Input.Size, seed: 2);
        Forward();
        var network = new Network(ResNet, Input, seed: 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        network.Forward(x, Rows, PassOf());

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan((Rows * network.WorkspaceBytes) + 200_000);

        void Forward() => new Network(ResNet, Input, seed: 1).Forward(x, Rows, PassOf());

        Pass PassOf() => calibrates ? Pass.Calibration(isFirst: true) : Pass.Inference;
    }

    [Fact]
    public void ActivationBytes_AreThoseThatTheWayBackReads()
    {
        var network = new Network(
            NetworkDefinition.Empty.Dense(8).BatchNorm().Relu()          // x of batch norm and of the residual block
                .Residual(inner => inner.Dense(8).BatchNorm()).Relu()    // x of the inner batch norm; y of the ReLU
                .Residual(inner => inner.Dense(4)).LeakyRelu()           // the projection's gradient and x of the leaky ReLU
                .Dropout(0.1f).Dense(3),                                 // the mask and x of the last layer
            Shape.Vector(5), seed: 1);

        var layers = network.DescribeLayers();

        layers.Select(layer => (layer.Name, layer.ActivationBytes / sizeof(float))).Should().Equal(
            ("dense1", 8), ("batchnorm1", 8), ("relu1", 0), ("residual1", 8), ("relu2", 8), ("residual2", 8 + 4), ("leakyrelu1", 0),
            ("dropout1", 4 + 4), ("dense2", 0));
        layers[3].InnerLayers.Select(layer => layer.ActivationBytes / sizeof(float)).Should().Equal(8, 0);
    }

    [Theory]
    [InlineData(null, 6 * 4 * 8, 0, 3 * 2 * 8)]
    [InlineData("conv1", 6 * 4 * 8, 0, 3 * 2 * 8)]
    [InlineData("batchnorm1", 0, 6 * 4 * 8, 3 * 2 * 8)]
    [InlineData("maxpool1", 0, 0, 3 * 2 * 8)]
    public void ActivationBytes_BatchNormInFrontOfMaxPooling_KeepsNothingUnlessFrozen(string? freezeThrough, int conv, int norm, int pool)
    {
        var network = new Network(
            NetworkDefinition.Empty.Conv2D(8, padding: 1).BatchNorm().Relu().MaxPool2D().Dense(3), Shape.Image(6, 4, 2), seed: 1);
        if (freezeThrough is not null)
            network.FreezeThrough(freezeThrough);

        network.DescribeLayers().Select(layer => layer.ActivationBytes / sizeof(float)).Should().Equal(conv, norm, 0, pool, 0);
    }

    [Fact]
    public void ParameterBytes_AreThoseOfValuesAndOfGradientsThatAreTaken()
    {
        var definition = NetworkDefinition.Empty.Dense(8).BatchNorm().Residual(inner => inner.Dense(8).BatchNorm()).Dense(3);
        var network = new Network(definition, Shape.Vector(5), seed: 1);
        var all = network.DescribeLayers().Select(layer => layer.ParameterBytes).ToArray();
        var withFrozenNorm = network.WithFrozenBatchNorm(BatchNormFreeze.StatisticsAndAffine).DescribeLayers();
        network.FreezeThrough("residual1");

        all.Should().Equal(8 * 40, 8 * 16, 8 * (64 + 16), 8 * 27);
        network.DescribeLayers().Select(layer => layer.ParameterBytes).Should().Equal(4 * 40, 4 * 16, 4 * (64 + 16), 8 * 27);
        network.DescribeLayers()[2].InnerLayers.Select(layer => layer.ParameterBytes).Should().Equal(4 * 64, 4 * 16);
        withFrozenNorm.Select(layer => layer.ParameterBytes).Should().Equal(8 * 40, 4 * 16, (8 * 64) + (4 * 16), 8 * 27);
    }

    [Fact]
    public void StateBytes_OfEveryOptimizer_AreWhatItsRuleAllocates()
    {
        var network = new Network(NetworkDefinition.Empty.Dense(1024), Shape.Vector(1024), seed: 1);
        Optimizer[] all = [new Sgd(), new Adagrad(), new RmsProp(), new RmsProp { Centered = true }, new Adam(), new AdamW()];
        foreach (var optimizer in all)
        {
            optimizer.Over(network.TrainableParameters);
            var before = GC.GetAllocatedBytesForCurrentThread();
            optimizer.Over(network.TrainableParameters);

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            allocated.Should().BeCloseTo(network.ParameterCount * optimizer.StateBytes, 10_000, optimizer.ToString());
        }
    }

    // The formula, which the tests above hold to what is allocated. The process of a real step is measured by a benchmark.
    [Fact]
    public void TrainingBytes_ResNet18OfLargePictures_AreFarBelowTwoGigabytes()
    {
        var network = new Network(NeuralNetworks.ResNet18()(NetworkDefinition.Empty).Dense(1000), Shape.Image(224, 224, 3), seed: 1);

        var bytes = network.TrainingBytes(16) + (network.ParameterCount * new Adam().StateBytes);
        bytes.Should().BeLessThan(700_000_000);
        network.TrainingBytes(16, "globalpool1").Should().BeLessThan(200_000_000);
        (network.TrainingBytes(17) - network.TrainingBytes(16)).Should().Be(
            network.WorkspaceBytes + network.DescribeLayers().Sum(layer => layer.ActivationBytes));
    }

    [Fact]
    public void TrainingBytes_NoRowsOrNoSuchLayer_SaysSo()
    {
        var network = Some.SmallNetwork();
        var noRows = () => network.TrainingBytes(0);
        var lastLayer = () => network.TrainingBytes(1, "dense3");

        noRows.Should().Throw<ArgumentException>().WithParameterName("batchSize");
        lastLayer.Should().Throw<ArgumentException>()
            .WithParameterName("freezeThrough").WithMessage("*no layer 'dense3'*dense1, batchnorm1*");
    }

    // Layers that do the same in training as in inference, so that the network that is not frozen is the oracle.
    [Fact]
    public void FreezeThrough_ResidualBlock_LeavesTheGradientsBehindItAsTheyWere()
    {
        var definition = NetworkDefinition.Empty.Conv2D(6, padding: 1).Relu()
            .Residual(inner => inner.Conv2D(6, padding: 1).GroupNorm(2).Relu().Conv2D(6, padding: 1)).Relu()
            .Residual(inner => inner.Conv2D(4, stride: 2, padding: 1).GroupNorm(2)).Sigmoid().Dense(3);
        var input = Shape.Image(8, 6, 3);
        var x = Some.Values(Rows * input.Size, seed: 2);
        var upstream = Some.Values(Rows * 3, seed: 3);
        foreach (var layer in (string[])["conv1", "relu1", "residual1", "relu2", "residual2", "sigmoid1"])
        {
            var (whole, frozen) = (new Network(definition, input, seed: 1), new Network(definition, input, seed: 1));
            frozen.FreezeThrough(layer);

            frozen.Forward(x, Rows, Some.TrainingPass).ToArray().Should().Equal(whole.Forward(x, Rows, Some.TrainingPass).ToArray());
            frozen.Forward(x, Rows, Pass.Inference);
            frozen.Forward(x, Rows, Some.TrainingPass);
            whole.Backward(x, upstream);
            frozen.Backward(x, upstream);

            var expected = whole.TrainableParameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Gradient.ToArray());
            frozen.TrainableParameters.Should().NotBeEmpty().And.HaveCountLessThan(expected.Count);
            foreach (var parameter in frozen.TrainableParameters)
                parameter.Gradient.ToArray().Should().Equal(expected[parameter.Name], $"{parameter.Name}, frozen through {layer}");
        }
    }
}
