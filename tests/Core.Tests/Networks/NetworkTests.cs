using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class NetworkTests
{
    [Fact]
    public void ToString_IsATableOfTheLayers()
    {
        var definition = NetworkDefinition.Empty.Dense(128).BatchNorm().Relu().Dropout(0.2f).Dense(10);
        var network = new Network(definition, Shape.Image(8, 8, 1), seed: 1);

        network.ToString().Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Should().BeEquivalentTo(
            new[]
            {
                ["layer", "output", "parameters", "bytes", "bytes/row"],
                ["input", "8x8x1"],
                ["dense1", "128", "8,192", "65,536", "512"],
                ["batchnorm1", "128", "256", "2,048", "0"],   // dropout does not read it on the way back
                ["relu1", "128", "0", "0", "0"],
                ["dropout1", "128", "0", "0", "1,024"],
                ["dense2", "10", "1,290", "10,320", "0"],
                ["workspace", "1,024"],
                new[] { "total", "9,738", "77,904", "2,560" },
            },
            options => options.WithStrictOrdering());
        network.ParameterCount.Should().Be(9738);
    }

    [Fact]
    public void ToString_DepthwiseBlock_CountsTheWeightsOfEachGroup()
    {
        var definition = NetworkDefinition.Empty
            .Conv2D(12, kernelSize: 1).BatchNorm().HardSwish()
            .Conv2D(12, padding: 1, groups: 12).BatchNorm().PRelu()
            .Conv2D(8, kernelSize: 1, groups: 2).RmsNorm().GlobalMaxPool();

        new Network(definition, Shape.Image(5, 4, 3), seed: 1).ToString().Split('\n')
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(3))).Skip(2).SkipLast(2)
            .Should().Equal(
                "conv1 5x4x12 36", "batchnorm1 5x4x12 24", "hardswish1 5x4x12 0", "conv2 5x4x12 108", "batchnorm2 5x4x12 24",
                "prelu1 5x4x12 12", "conv3 5x4x8 56", "rmsnorm1 5x4x8 160", "globalmaxpool1 8 0");
    }

    [Fact]
    public void Definition_Methods_LeaveTheShorterOneAsItWas()
    {
        var first = NetworkDefinition.Empty.Dense(3);
        var second = first.Relu();

        first.Layers.Should().ContainSingle();
        second.Layers.Should().Equal(new DenseDefinition(3), new ActivationDefinition(ActivationKind.Relu));
    }

    [Fact]
    public void Make_LayerThatCannotBeBuilt_NamesIt()
    {
        var make = () => new Network(NetworkDefinition.Empty.Dense(100_000).Relu().Dense(100_000), Shape.Vector(2), seed: 1);

        make.Should().Throw<ArgumentException>().WithMessage("Layer 3 'dense2': 100000 inputs x 100000 units*");
    }

    [Fact]
    public void Make_NoLayersOrNoShape_SaysWhatIsMissing()
    {
        var noLayers = () => new Network(NetworkDefinition.Empty, Shape.Vector(2), seed: 1);
        var noShape = () => new Network(NetworkDefinition.Empty.Relu(), default, seed: 1);

        noLayers.Should().Throw<ArgumentException>().WithMessage("*at least one layer*");
        noShape.Should().Throw<ArgumentException>().WithMessage("*input shape*");
    }

    [Fact]
    public void Make_SameSeed_SameParameters()
    {
        float[] Weights(int seed) =>
            [.. Some.SmallNetwork(seed: seed).TrainableParameters.SelectMany(parameter => parameter.Value.ToArray())];

        Weights(1).Should().Equal(Weights(1));
        Weights(1).Should().NotEqual(Weights(2));
    }

    [Fact]
    public void Backward_WholeNetwork_MatchesFiniteDifferences()
    {
        const int rows = 12;
        var network = Some.SmallNetwork();
        var loss = new SoftmaxCrossEntropy();
        var inputs = Some.Values(rows * 5, seed: 2);
        float[] targets = [.. Enumerable.Range(0, rows).Select(row => (float)(row % 3))];
        var gradient = new float[rows * 3];

        loss.Evaluate(network.Forward(inputs, rows, Some.TrainingPass), targets, [], gradient);
        network.Backward(inputs, [.. gradient]);

        foreach (var parameter in network.TrainableParameters)
        {
            var expected = parameter.Gradient.ToArray();
            for (var i = 0; i < parameter.Length; i++)
            {
                var value = parameter.Value[i];
                const float step = 2e-3f;
                parameter.Value[i] = value + step;
                var above = LossNow();
                parameter.Value[i] = value - step;
                var below = LossNow();
                parameter.Value[i] = value;

                // A float32 forward pass errs by about 1e-7, divided by the step; crossing a kink of ReLU errs by the step.
                ((above - below) / (2 * step)).Should().BeApproximately(expected[i], 2e-3, "{0}[{1}]", parameter.Name, i);
            }
        }

        // The same pass, and so the same dropout.
        double LossNow() => loss.Evaluate(network.Forward(inputs, rows, Some.TrainingPass), targets, [], gradient);
    }

    [Fact]
    public void Forward_SmallerBatchAfterLarger_GivesTheSame()
    {
        var inputs = Some.Values(4 * 5, seed: 2);
        var (fresh, used) = (Some.SmallNetwork(), Some.SmallNetwork());

        used.Forward(Some.Values(50 * 5, seed: 3), 50, Pass.Inference);

        used.Forward(inputs, 4, Pass.Inference).ToArray().Should().Equal(fresh.Forward(inputs, 4, Pass.Inference).ToArray());
    }

    [Fact]
    public void Forward_WrongNumberOfInputs_Throws()
    {
        var forward = () => Some.SmallNetwork().Forward(new float[11], 2, Pass.Inference).Length;

        forward.Should().Throw<ArgumentException>().WithMessage("2 rows of 5 inputs*11*");
    }

    [Fact]
    public void Backward_WrongNumberOfGradients_Throws()
    {
        var network = Some.SmallNetwork();
        network.Forward(new float[10], 2, Some.TrainingPass);
        var backward = () => network.Backward(new float[10], new float[7]);

        backward.Should().Throw<ArgumentException>().WithMessage("A gradient for 2 rows of 3 outputs*7*");
    }

    [Fact]
    public void Backward_AfterInference_Throws()
    {
        var network = Some.SmallNetwork();
        network.Forward(new float[10], 2, Some.TrainingPass);
        network.Forward(new float[10], 2, Pass.Inference);
        var backward = () => network.Backward(new float[10], new float[6]);

        backward.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void OfEmpty_WeightsThatAreToBeReplaced_DrawsNoneOfThem()
    {
        var definition = NetworkDefinition.Empty.Dense(3, Initializer.PyTorch).Residual(inner => inner.Dense(5));

        var network = new Network(LayerPlan.OfEmpty(definition, Shape.Vector(4)), Shape.Vector(4));

        network.ParameterCount.Should().Be((4 * 3) + 3 + (3 * 5) + 5 + (3 * 5));
        network.Parameters.SelectMany(parameter => parameter.Values.ToArray()).Should().OnlyContain(value => value == 0);
    }
}
