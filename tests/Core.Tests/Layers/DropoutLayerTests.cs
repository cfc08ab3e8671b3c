using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class DropoutLayerTests
{
    private static readonly float[] X = Some.Values(1000, seed: 1, shift: 3);

    [Fact]
    public void Forward_Training_DropsOrScales()
    {
        var y = Forward(new CounterRandom(1), out _);

        y.Zip(X).Should().OnlyContain(pair => pair.First == 0 || Math.Abs(pair.First - pair.Second / 0.75f) < 1e-5);
        y.Count(value => value == 0).Should().BeInRange(200, 300);   // 250 expected, deviation 14
    }

    [Fact]
    public void Backward_GoesThroughTheSameMask()
    {
        var y = Forward(new CounterRandom(1), out var layer);
        var upstream = Some.Values(1000, seed: 2);
        var dx = new float[1000];

        layer.Backward(X, y, upstream, dx, 10);

        dx.ShouldAgree([.. y.Zip(upstream, (value, dy) => value == 0 ? 0 : dy / 0.75)], 1e-6);   // one rounding
    }

    [Fact]
    public void Forward_SameAndOtherRandom_GiveSameAndOtherMask()
    {
        Forward(new CounterRandom(1), out _).Should().Equal(Forward(new CounterRandom(1), out _));
        Forward(new CounterRandom(1), out _).Should().NotEqual(Forward(new CounterRandom(2), out _));
    }

    [Fact]
    public void Forward_AnotherLayerOfTheSamePass_DropsOthers()
    {
        var definition = new DropoutDefinition(0.25f);
        var second = definition.Build(Some.Site(Shape.Vector(100), definition) with { Index = 1 });
        var y = new float[1000];

        second.Forward(X, y, 10, Pass.Training(new CounterRandom(1)));

        y.Should().NotEqual(Forward(new CounterRandom(1), out _));
    }

    [Fact]
    public void Forward_Inference_DoesNothing()
    {
        var layer = Some.Layer(new DropoutDefinition(0.25f), 100);
        var y = new float[1000];

        layer.Forward(X, y, 10, Pass.Inference);

        y.Should().Equal(X);
        layer.ForInference().Should().BeNull();
    }

    private static float[] Forward(CounterRandom random, out Layer layer)
    {
        layer = Some.Layer(new DropoutDefinition(0.25f), 100);
        var y = new float[1000];
        layer.Forward(X, y, 10, Pass.Training(random));
        return y;
    }
}
