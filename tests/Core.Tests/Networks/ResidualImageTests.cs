using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

/// <summary>Residual blocks that change the shape of an image.</summary>
public class ResidualImageTests
{
    private const int Rows = 4;
    private static readonly Shape Image = Shape.Image(7, 6, 3);

    public static TheoryData<NetworkDefinition, int> Blocks => new()
    {
        { Block(inner => inner.Conv2D(5, stride: 2, padding: 1).BatchNorm().Tanh().Conv2D(5, padding: 1).BatchNorm()), 3 },
        { Block(inner => inner.Conv2D(5, padding: 1).Silu()), 1 },
        { Block(inner => inner.BatchNorm().Tanh().Conv2D(4, stride: 3, padding: 1)), 1 },
        { Block(inner => inner.Conv2D(4, padding: 1).GroupNorm(2)), 3 },
        {
            NetworkDefinition.Empty.Add(new ResidualDefinition(NetworkDefinition.Empty.Conv2D(4, stride: 2, padding: 1).BatchNorm())
            {
                Shortcut = NetworkDefinition.Empty.Conv2D(4, kernelSize: 1, stride: 2).BatchNorm().Tanh(),
            }),
            3
        },
    };

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Forward_ShapeChanges_AddsTheProjectionAsTheLayersBySelf(NetworkDefinition definition, int projectionParameters)
    {
        var network = new Network(definition, Image, seed: 1);
        var block = (ResidualLayer)network.Layers[0];
        var x = Some.Values(Rows * Image.Size, seed: 2);

        var y = network.Forward(x, Rows, Some.TrainingPass).ToArray();

        block.Projection!.TrainableParameters.Should().HaveCount(projectionParameters);
        var inner = block.Inner.Forward(x, Rows, Some.TrainingPass).ToArray();
        var around = block.Projection.Forward(x, Rows, Some.TrainingPass).ToArray();
        y.Should().Equal(inner.Zip(around, (a, b) => a + b));
        around.Should().Contain(value => value != 0);
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Backward_RandomUpstream_AgreesWithFiniteDifferences(NetworkDefinition definition, int projectionParameters)
    {
        var network = new Network(definition, Image, seed: 1);

        var check = GradientCheck.Of(network);

        ((ResidualLayer)network.Layers[0]).Projection!.TrainableParameters.Should().HaveCount(projectionParameters);
        check.Worst.Should().BeLessThan(GradientCheck.Tolerance, "{0}", check);
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Payload_WrittenAndRead_IsTheSameNetwork(NetworkDefinition definition, int projectionParameters)
    {
        var network = Trained(definition);
        using var stream = new MemoryStream();
        NetworkPayload.Write(network, stream);
        stream.Position = 0;

        var read = NetworkPayload.Read(stream);

        var x = Some.Values(Rows * Image.Size, seed: 4);
        read.Forward(x, Rows, Pass.Inference).ToArray().Should().Equal(network.Forward(x, Rows, Pass.Inference).ToArray());
        ((ResidualLayer)read.Layers[0]).Projection!.TrainableParameters.Should().HaveCount(projectionParameters);
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void ToPredictorAndCopies_AfterTraining_GiveTheSame(NetworkDefinition definition, int projectionParameters)
    {
        var network = Trained(definition);
        var x = Some.Values(Rows * Image.Size, seed: 4);
        var expected = network.Forward(x, Rows, Pass.Inference).ToArray();
        var predicted = new float[expected.Length];

        network.ToPredictor().Predict(x, predicted);

        predicted.ShouldAgree([.. expected.Select(value => (double)value)], 1e-5);   // folding rounds once more
        var frozen = network.WithFrozenBatchNorm(BatchNormFreeze.StatisticsAndAffine);
        frozen.Forward(x, Rows, Pass.Inference).ToArray().Should().Equal(expected);
        frozen.TrainableParameters.Should().NotContain(parameter => parameter.Name.Contains("batchnorm"));
        network.TrainableParameters.Should().HaveCountGreaterThan(projectionParameters);
    }

    [Fact]
    public void Fold_ProjectionWithBatchNorm_GivesTheSameWithoutIt()
    {
        var network = Trained(Block(inner => inner.Conv2D(5, stride: 2, padding: 1).BatchNorm().Relu().Conv2D(5, padding: 1).BatchNorm()));
        var x = Some.Values(Rows * Image.Size, seed: 4);
        double[] expected = [.. network.Forward(x, Rows, Pass.Inference).ToArray().Select(value => (double)value)];

        var folded = network.Fold();

        folded.Forward(x, Rows, Pass.Inference).ShouldAgree(expected, 1e-5);
        folded.TrainableParameters.Select(parameter => parameter.Name).Should().Equal(
            "residual1.conv1.weight", "residual1.conv1.bias", "residual1.conv2.weight", "residual1.conv2.bias",
            "residual1.projection.conv1.weight", "residual1.projection.conv1.bias");
    }

    [Fact]
    public void Make_ProjectionWithBatchNorm_TakesTheInnerOnesOptionsButStartsAtOne()
    {
        var last = new BatchNormDefinition { Epsilon = 1e-3f, Momentum = null, InitialGamma = 0 };
        var network = new Network(Block(inner => inner.Conv2D(5, stride: 2, padding: 1).Add(last)), Image, seed: 1);

        ((ResidualLayer)network.Layers[0]).Projection!.Definition.Layers[1].Should().Be(last with { InitialGamma = 1 });
    }

    [Fact]
    public void Make_ShapesThatCannotBeAdded_SayWhatToDo()
    {
        Refused(
            Block(inner => inner.Conv2D(3)),
            "Layer 1 'residual1': A residual block cannot project an input of shape 7x6x3 to 5x4x3*stride*Shortcut*");
        Refused(
            NetworkDefinition.Empty.Add(
                new ResidualDefinition(NetworkDefinition.Empty.Conv2D(3)) { Shortcut = NetworkDefinition.Empty.Relu() }),
            "*The shortcut of a residual block gives shape 7x6x3, its inner layers 5x4x3*");
        var empty = () => new ResidualDefinition(NetworkDefinition.Empty.Relu()) { Shortcut = NetworkDefinition.Empty };
        empty.Should().Throw<ArgumentException>().WithMessage("A shortcut needs at least one layer*");

        static void Refused(NetworkDefinition definition, string message)
        {
            var make = () => new Network(definition, Image, seed: 1);
            make.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    private static NetworkDefinition Block(Func<NetworkDefinition, NetworkDefinition> inner) => NetworkDefinition.Empty.Residual(inner);

    private static Network Trained(NetworkDefinition definition)
    {
        var network = new Network(definition, Image, seed: 2);
        for (var i = 0; i < 3; i++)
            network.Forward(Some.Values(20 * Image.Size, seed: i, scale: 2, shift: 1), 20, Some.TrainingPass);
        return network;
    }
}
