using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class BlockTests
{
    public static TheoryData<string, NetworkDefinition> Blocks => new()
    {
        { "identity", NetworkDefinition.Empty.Residual(inner => inner.Dense(8).BatchNorm().Tanh().Dense(5).BatchNorm()) },
        { "projection", NetworkDefinition.Empty.Residual(inner => inner.Dense(8).BatchNorm().Tanh().Dense(3)) },
        { "two", NetworkDefinition.Empty.Dense(4).Residual(inner => inner.Dense(6).Silu().Dense(3)).Residual(net => net.Dense(3).Gelu()) },
        { "concat", NetworkDefinition.Empty.Concat(inner => inner.Dense(8).BatchNorm().Tanh()).Dense(3) },
        { "concat in concat", NetworkDefinition.Empty.Dense(4).Concat(inner => inner.Concat(block => block.Dense(2).Gelu()).Dense(3)) },
        { "nested", NetworkDefinition.Empty.Dense(4).Residual(inner => inner.Residual(block => block.Dense(6).Elu()).Dense(4)) },
    };

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Backward_RandomUpstream_AgreesWithFiniteDifferences(string name, NetworkDefinition definition)
    {
        var check = GradientCheck.Of(new Network(definition, Shape.Vector(5), seed: 1));

        check.Worst.Should().BeLessThan(GradientCheck.Tolerance, "{0}: {1}", name, check);
    }

    [Fact]
    public void Forward_InnerOfZeros_IsTheIdentity()
    {
        var definition = NetworkDefinition.Empty.Residual(inner => inner.Dense(5, Initializer.Normal(0)));
        var network = new Network(definition, Shape.Vector(5), seed: 1);
        var inputs = Some.Values(10, seed: 2);

        network.Forward(inputs, 2, Some.TrainingPass).ToArray().Should().Equal(inputs);
        network.ParameterCount.Should().Be(30);   // no projection
    }

    [Fact]
    public void Forward_Concat_PutsTheInputBehindTheInnerOutput()
    {
        var definition = NetworkDefinition.Empty.Concat(inner => inner.Dense(2, Initializer.Normal(0)));
        var network = new Network(definition, Shape.Vector(3), seed: 1);

        network.Forward([1, 2, 3, 4, 5, 6], 2, Some.TrainingPass).ToArray().Should().Equal(0, 0, 1, 2, 3, 0, 0, 4, 5, 6);
    }

    [Fact]
    public void Forward_ConcatOfImages_PutsChannelsBehindChannels()
    {
        var definition = NetworkDefinition.Empty.Concat(inner => inner.Relu());
        var network = new Network(definition, Shape.Image(1, 2, 2), seed: 1);

        network.OutputShape.Should().Be(Shape.Image(1, 2, 4));
        network.Forward([-1, 2, 3, -4], 1, Some.TrainingPass).ToArray().Should().Equal(0, 2, -1, 2, 3, 0, 3, -4);
    }

    [Fact]
    public void Make_ConcatThatChangesTheSizeOfImages_SaysSo()
    {
        var make = () => new Network(NetworkDefinition.Empty.Concat(inner => inner.MaxPool2D()), Shape.Image(4, 4, 2), seed: 1);

        make.Should().Throw<ArgumentException>().WithMessage("*concat*4x4x2*2x2x2*height and width must be the same*");
    }

    [Fact]
    public void Fold_ConcatWithBatchNorm_PredictsTheSame()
    {
        var definition = NetworkDefinition.Empty.Concat(inner => inner.Dense(8).BatchNorm().Tanh()).Dense(3);
        var network = new Network(definition, Shape.Vector(5), seed: 1);
        network.Forward(Some.Values(50, seed: 3), 10, Some.TrainingPass);
        var inputs = Some.Values(20, seed: 4);

        var folded = network.Fold();

        folded.BatchNormLayers.Should().BeEmpty();
        folded.Forward(inputs, 4, Pass.Inference).ToArray().ShouldAgree(
            [.. network.Forward(inputs, 4, Pass.Inference).ToArray().Select(value => (double)value)], 1e-5);
    }

    // The way back ends at the first layer that learns, unless the gradient of the inputs is asked for.
    [Fact]
    public void Backward_LayerWithoutParametersFirst_GivesTheSameGradientsWithAndWithoutThatOfTheInputs()
    {
        var network = new Network(NetworkDefinition.Empty.Tanh().Dense(4).Relu().Dense(2), Shape.Vector(5), seed: 1);
        var inputs = Some.Values(30, seed: 2);
        var upstream = Some.Values(12, seed: 3);

        var without = Gradients([]);
        var inputGradient = new float[30];
        Gradients(inputGradient).Should().Equal(without);

        inputGradient.Should().OnlyContain(value => value != 0);

        float[] Gradients(Span<float> ofInputs)
        {
            network.Forward(inputs, 6, Some.TrainingPass);
            network.Backward(inputs, upstream, ofInputs);
            return [.. network.TrainableParameters.SelectMany(parameter => parameter.Gradient.ToArray())];
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Predict_MatchesForwardInInference(string name, NetworkDefinition definition)
    {
        const int rows = 300;   // more than one block
        var network = new Network(definition, Shape.Vector(5), seed: 1);
        var inputs = Some.Values(rows * 5, seed: 2);
        network.Forward(Some.Values(50, seed: 3), 10, Some.TrainingPass);
        var predicted = new float[rows * network.OutputShape.Size];

        network.ToPredictor().Predict(inputs, predicted);

        var expected = network.Forward(inputs, rows, Pass.Inference).ToArray().Select(value => (double)value).ToArray();
        predicted.Should().HaveCount(expected.Length, name);
        predicted.ShouldAgree(expected, 1e-5);   // sums in another order
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Payload_WrittenAndRead_PredictsTheSame(string name, NetworkDefinition definition)
    {
        var network = new Network(definition, Shape.Vector(5), seed: 1);
        network.Forward(Some.Values(50, seed: 3), 10, Some.TrainingPass);
        using var stream = new MemoryStream();
        NetworkPayload.Write(network, stream);
        stream.Position = 0;

        var read = NetworkPayload.Read(stream);

        var inputs = Some.Values(20, seed: 4);
        read.Forward(inputs, 4, Pass.Inference).ToArray().Should().Equal(network.Forward(inputs, 4, Pass.Inference).ToArray(), name);
        read.ToString().Should().Be(network.ToString());
    }

    [Fact]
    public void Payload_NestedTooDeep_IsRefused()
    {
        var writer = new PayloadWriter(NetworkPayload.Kind);
        for (var i = 0; i < 3; i++)
            writer.Write(1);   // input shape
        for (var i = 0; i < 100_000; i++)
        {
            writer.Write(1);
            writer.Write((byte)16);
            writer.Write((byte)1);
        }

        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        stream.Position = 0;
        var read = () => NetworkPayload.Read(stream);

        read.Should().Throw<ModelFormatException>().WithMessage("*nested more than 16 deep*");
    }

    [Fact]
    public void Make_InnerLayersAndProjection_AreNamedAfterTheBlock()
    {
        var network = new Network(NetworkDefinition.Empty.Residual(inner => inner.Dense(8).BatchNorm().Dense(3)), Shape.Vector(5), seed: 1);

        network.TrainableParameters.Select(parameter => parameter.Name).Should().Equal(
            "residual1.dense1.weight", "residual1.batchnorm1.gamma", "residual1.batchnorm1.beta",
            "residual1.dense2.weight", "residual1.dense2.bias", "residual1.projection.weight");
    }

    [Fact]
    public void Forward_DropoutInTwoBlocks_DropsOthers()
    {
        var definition = NetworkDefinition.Empty.Residual(inner => inner.Dropout(0.5f)).Residual(inner => inner.Dropout(0.5f));
        var network = new Network(definition, Shape.Vector(1), seed: 1);
        var ones = new float[64];
        Array.Fill(ones, 1);

        // 1 + (0 or 2), and that again with a mask of its own: 9 where both keep, 3 where one does, 1 where none does.
        network.Forward(ones, 64, Some.TrainingPass).ToArray().Distinct().Order().Should().Equal(1, 3, 9);
    }

    [Fact]
    public void Make_NoInnerLayersOrTooDeep_SaysSo()
    {
        var empty = () => NetworkDefinition.Empty.Residual(inner => inner);
        var deep = () => Enumerable.Range(0, 17).Aggregate(
            NetworkDefinition.Empty.Relu(), (inner, _) => NetworkDefinition.Empty.Residual(_ => inner));

        empty.Should().Throw<ArgumentException>().WithMessage("A residual block needs at least one inner layer.*");
        deep.Should().Throw<ArgumentException>().WithMessage("Blocks can be nested 16 deep, not 17.*");
    }

    [Fact]
    public void Run_MlpWithResiduals_AllocatesNothingPerStep()
    {
        long Allocated(int rows)
        {
            var definition = NetworkDefinition.Empty.Dense(6).Gelu().Residual(inner => inner.Dense(6).BatchNorm().Silu().Dense(4)).Dense(3);
            var network = new Network(definition, Shape.Vector(5), seed: 1);
            var settings = new TrainingSettings { Optimizer = new AdamW { ClipNorm = 1, ClipValue = 1 } };
            var data = Some.Clusters(rows, 5, 3, seed: 2);
            return Allocations.Of(() => new TrainingLoop(network, new SoftmaxCrossEntropy { LabelSmoothing = 0.1f }, settings).Run(data));
        }

        // The order of the rows takes 4 bytes for each; 16 steps of 10 epochs more take nothing.
        (Allocated(640) - Allocated(128)).Should().BeLessThan(4 * 512 + 1000);
    }
}
