using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training.Reports;

public class LayerActivityTests
{
    private const int Rows = 16, Inputs = 5, Units = 7, Classes = 3;
    private const float LearningRate = 0.5f;

    private static readonly NetworkDefinition Layers = NetworkDefinition.Empty.Dense(Units).BatchNorm().Sigmoid().Dense(Classes);

    [Fact]
    public void Layers_AreThoseOfTheNetworkInItsOrder() => Report((_, layers) =>
    {
        layers.Select(layer => layer.Name).Should().Equal("dense1", "batchnorm1", "sigmoid1", "dense2");
        layers.Select(layer => layer.OutputShape.Size).Should().Equal(Units, Units, Units, Classes);
    });

    [Fact]
    public void Output_IsWhatEachLayerGaveInTraining() => Report((_, layers) =>
    {
        var (normalized, activated) = (layers[1].Output.ToArray(), layers[2].Output.ToArray());
        normalized.Should().HaveCount(Rows * Units);
        for (var unit = 0; unit < Units; unit++)   // gamma is still 1 and beta 0
            normalized.Where((_, i) => i % Units == unit).Average().Should().BeApproximately(0, 1e-5f);
        activated.Should().Equal(normalized.Select(value => 1 / (1 + MathF.Exp(-value))), (a, b) => Math.Abs(a - b) < 1e-6f);
        layers[3].Output.Length.Should().Be(Rows * Classes);
    });

    [Fact]
    public void Output_OfBatchNormBeforeRelu_IsThatOfTheRelu()
    {
        var definition = NetworkDefinition.Empty.Dense(Units).BatchNorm().Relu().Dense(Classes);
        Report(definition, (_, layers) =>
        {
            layers.Select(layer => layer.Output.Length).Should().Equal(Rows * Units, Rows * Units, Rows * Units, Rows * Classes);
            layers[1].Output.ToArray().Should().Equal(layers[2].Output.ToArray());
            layers[2].Output.ToArray().Should().OnlyContain(value => value >= 0).And.Contain(value => value > 0);
            layers[0].Output.ToArray().Should().Contain(value => value < 0);
        });
    }

    [Fact]
    public void Output_OfDenseLayerBeforeTwoRelus_IsThatOfTheRelus()
    {
        var definition = NetworkDefinition.Empty.Dense(Units).Relu().Relu().Dense(Classes);
        Report(definition, (_, layers) =>
        {
            layers[0].Output.ToArray().Should().OnlyContain(value => value >= 0).And.Contain(value => value > 0);
            layers[1].Output.ToArray().Should().Equal(layers[0].Output.ToArray());
            layers[2].Output.ToArray().Should().Equal(layers[0].Output.ToArray());
        });
    }

    [Fact]
    public void Output_OfFrozenLayers_IsEmpty() => Report(
        Layers,
        (_, layers) => layers.Select(layer => layer.Output.Length).Should().Equal(0, 0, Rows * Units, Rows * Classes),
        freezeThrough: "batchnorm1");

    // Plain SGD moves every parameter by the learning rate times its gradient.
    [Fact]
    public void GradientNorm_IsThatOfTheStepOfPlainSgd() => Report((network, layers) =>
    {
        var before = new Network(Layers, Shape.Vector(Inputs), seed: 1);
        for (var i = 0; i < layers.Count; i++)
        {
            var moved = network.Layers[i].Parameters.Zip(before.Layers[i].Parameters);
            var squares = moved.Sum(pair => SquaredDistance(pair.First.Value, pair.Second.Value));
            layers[i].GradientNorm.Should().BeApproximately(Math.Sqrt(squares) / LearningRate, 1e-5, layers[i].Name);
        }

        layers[2].GradientNorm.Should().Be(0, "a sigmoid has no parameters");
        layers[3].GradientNorm.Should().BeGreaterThan(0.01);
    });

    private static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += Math.Pow((double)a[i] - b[i], 2);
        return sum;
    }

    private static void Report(Action<Network, IReadOnlyList<LayerActivity>> check) => Report(Layers, check);

    private static void Report(
        NetworkDefinition definition, Action<Network, IReadOnlyList<LayerActivity>> check, string? freezeThrough = null)
    {
        var network = new Network(definition, Shape.Vector(Inputs), seed: 1);
        if (freezeThrough is not null)
            network.FreezeThrough(freezeThrough);
        var batches = 0;
        var settings = new TrainingSettings
        {
            Epochs = 1,
            BatchSize = Rows,
            Optimizer = new Sgd { LearningRate = LearningRate },
            BatchReportEvery = 1,
            BatchDone = report =>
            {
                batches++;
                check(network, report.Layers);
            },
        };
        new TrainingLoop(network, new SoftmaxCrossEntropy(), settings).Run(Some.Clusters(Rows, Inputs, Classes, seed: 2));
        batches.Should().Be(1);
    }
}
