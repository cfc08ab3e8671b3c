using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class DenseLayerTests
{
    private static readonly Golden Golden = new("dense.json");

    [Fact]
    public void ForwardAndBackward_MatchPyTorch()
    {
        var rows = Golden.Int("rows");
        var x = Golden.Floats("x");
        var layer = Some.Layer(new DenseDefinition(Golden.Int("units")), Golden.Int("inputs"));
        Golden.Floats("weight").CopyTo(layer.Parameters[0].Value);
        Golden.Floats("bias").CopyTo(layer.Parameters[1].Value);
        var (y, dx) = (new float[rows * Golden.Int("units")], new float[x.Length]);

        layer.Forward(x, y, rows, Some.TrainingPass);
        layer.Backward(x, y, Golden.Floats("upstream"), dx, rows);

        // Sums of at most 7 products in float32.
        y.ShouldAgree(Golden.Doubles("y"), 2e-6);
        dx.ShouldAgree(Golden.Doubles("dx"), 2e-6);
        layer.Parameters[0].Gradient.ShouldAgree(Golden.Doubles("dweight"), 2e-6);
        layer.Parameters[1].Gradient.ShouldAgree(Golden.Doubles("dbias"), 2e-6);
    }

    [Fact]
    public void Backward_NoInputGradientWanted_GivesTheSameParameterGradients()
    {
        var layer = Some.Layer(new DenseDefinition(6), 5);
        var x = Some.Values(4 * 5, seed: 1);
        var upstream = Some.Values(4 * 6, seed: 2);

        layer.Backward(x, [], upstream, new float[20], 4);
        var expected = layer.Parameters[0].Gradient.ToArray();
        layer.Parameters[0].Gradient.Clear();
        layer.Backward(x, [], upstream, [], 4);

        layer.Parameters[0].Gradient.ToArray().Should().Equal(expected);
    }

    [Fact]
    public void Parameters_OnlyWeightsDecay()
    {
        var parameters = Some.Layer(new DenseDefinition(6), 5).Parameters;

        parameters.Select(parameter => (parameter.Name, parameter.Length, parameter.Decays)).Should().Equal(
            ("dense1.weight", 30, true), ("dense1.bias", 6, false));
    }

    [Fact]
    public void Build_NoBias_HasOnlyWeights()
    {
        Some.Layer(new DenseDefinition(6) { UseBias = false }, 5).Parameters.Should().ContainSingle();
    }

    [Fact]
    public void Settle_BiasLeftOpen_IsSettledByTheNextLayer()
    {
        var open = new DenseDefinition(6);

        ((DenseDefinition)open.Settle(new BatchNormDefinition(), Initializer.He)).UseBias.Should().BeFalse();
        ((DenseDefinition)open.Settle(new ActivationDefinition(ActivationKind.Relu), Initializer.He)).UseBias.Should().BeTrue();
        ((DenseDefinition)open.Settle(null, Initializer.He)).UseBias.Should().BeTrue();
        ((DenseDefinition)(open with { UseBias = true }).Settle(new BatchNormDefinition(), Initializer.He)).UseBias.Should().BeTrue();
    }

    [Fact]
    public void Settle_InitializerLeftOpen_IsTheNetworks()
    {
        ((DenseDefinition)new DenseDefinition(6).Settle(null, Initializer.Glorot)).Initializer.Should().Be(Initializer.Glorot);
        ((DenseDefinition)new DenseDefinition(6) { Initializer = Initializer.PyTorch }.Settle(null, Initializer.Glorot)).Initializer
            .Should().Be(Initializer.PyTorch);
    }

    [Fact]
    public void Build_TooManyWeights_SaysHowMany()
    {
        var definition = new DenseDefinition(100_000);
        var build = () => definition.Build(Some.Site(Shape.Vector(100_000), definition));

        build.Should().Throw<ArgumentException>().WithMessage("100000 inputs x 100000 units are 10000000000 weights*");
    }
}
