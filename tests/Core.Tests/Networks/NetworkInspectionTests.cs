using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class NetworkInspectionTests
{
    private static readonly Network Residual = new(
        NetworkDefinition.Empty.BatchNorm().Residual(inner => inner.Dense(8).BatchNorm()).Relu().Dense(2), Shape.Vector(3), seed: 1);

    [Fact]
    public void DescribeLayers_ResidualBlock_HasItsLayersInside()
    {
        var layers = Residual.DescribeLayers();

        layers.Select(layer => layer.Name).Should().Equal("batchnorm1", "residual1", "relu1", "dense1");
        layers.Sum(layer => layer.ParameterCount).Should().Be(Residual.ParameterCount);
        var block = layers[1];
        (block.InputShape, block.OutputShape).Should().Be((Shape.Vector(3), Shape.Vector(8)));
        block.InnerLayers.Select(layer => layer.Name).Should().Equal("residual1.dense1", "residual1.batchnorm1", "residual1.projection");
        block.InnerLayers.Select(layer => layer.ParameterCount).Should().Equal(3 * 8, 2 * 8, 3 * 8);
        block.ParameterCount.Should().Be(64);
        layers[0].InnerLayers.Should().BeEmpty();
    }

    [Fact]
    public void DescribeBatchNorm_AfterABatch_HasTheNumbersOfEveryLayer()
    {
        var network = new Network(
            NetworkDefinition.Empty
                .Add(new BatchNormDefinition { InitialGamma = 0.5f, Center = false })
                .Residual(inner => inner.Dense(8).BatchNorm()),
            Shape.Vector(2), seed: 1);
        network.Forward([1, 10, 3, 10], rows: 2, Some.TrainingPass);

        var layers = network.DescribeBatchNorm();
        network.Forward([5, 5, 6, 6], rows: 2, Some.TrainingPass);   // changes no copy

        layers.Select(layer => layer.Name).Should().Equal("batchnorm1", "residual1.batchnorm1");
        layers[0].Gamma.Should().Equal(0.5f, 0.5f);
        layers[0].Beta.Should().Equal(0, 0);
        layers[0].RunningMean.Should().Equal(0.2f, 1);          // 0.1 of the means 2 and 10
        layers[0].RunningVariance.Should().Equal(1.1f, 0.9f);   // 0.9 + 0.1 of the unbiased variances 2 and 0
        layers[0].Batches.Should().Be(1);
        layers[1].Gamma.Should().HaveCount(8);
    }

    [Fact]
    public void MeasureLayers_AnyNetwork_TimesEachLayerAndChangesNothing()
    {
        var before = Residual.DescribeBatchNorm();
        var features = Some.Values(3 * 20_000, seed: 5);   // enough for every layer to take many ticks of the clock, 0.1 us

        var times = Residual.MeasureLayers(features);

        times.Select(time => time.Name).Should().Equal(Residual.DescribeLayers().Select(layer => layer.Name));
        times.Should().OnlyContain(time => time.Forward > TimeSpan.Zero && time.Backward > TimeSpan.Zero);
        Residual.DescribeBatchNorm().Should().BeEquivalentTo(before);
    }

    [Fact]
    public void MeasureLayers_ReluBehindBatchNormOrDenseLayer_IsPartOfIt()
    {
        var network = new Network(NetworkDefinition.Empty.BatchNorm().Relu().Dense(2).Relu().Sigmoid().Relu(), Shape.Vector(3), seed: 1);

        var times = network.MeasureLayers(Some.Values(3 * 20_000, seed: 5));

        times.Select(time => time.Name).Should().Equal("batchnorm1", "relu1", "dense1", "relu2", "sigmoid1", "relu3");
        times.Select(time => time.Forward > TimeSpan.Zero).Should().Equal(true, false, true, false, true, true);
    }

    [Fact]
    public void MeasureLayers_FlattenBehindAnotherLayer_TakesNoTime()
    {
        var network = new Network(NetworkDefinition.Empty.Flatten().BatchNorm().Flatten().Dense(2), Shape.Image(2, 2, 3), seed: 1);

        var times = network.MeasureLayers(Some.Values(12 * 20_000, seed: 5));

        times.Select(time => time.Name).Should().Equal("flatten1", "batchnorm1", "flatten2", "dense1");
        times.Select(time => time.Forward > TimeSpan.Zero).Should().Equal(true, true, false, true);
    }

    [Fact]
    public void MeasureLayers_MaxPoolingBehindBatchNorm_IsPartOfIt()
    {
        var network = new Network(
            NetworkDefinition.Empty.BatchNorm().Relu().MaxPool2D().MaxPool2D().Dense(2), Shape.Image(4, 4, 3), seed: 1);

        var times = network.MeasureLayers(Some.Values(48 * 20_000, seed: 5));

        times.Select(time => time.Name).Should().Equal("batchnorm1", "relu1", "maxpool1", "maxpool2", "dense1");
        times.Select(time => time.Backward > TimeSpan.Zero).Should().Equal(true, false, false, true, true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    public void MeasureLayers_TooFewRowsOrNoWholeOnes_SaysWhatIsNeeded(int values)
    {
        var measure = () => Residual.MeasureLayers(new float[values]);

        measure.Should().Throw<ArgumentException>().WithMessage($"2 or more rows of 3 features*got {values}*");
    }
}
