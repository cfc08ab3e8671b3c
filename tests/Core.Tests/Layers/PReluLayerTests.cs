using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class PReluLayerTests
{
    private const int Rows = 4;
    private static readonly Shape Image = Shape.Image(3, 2, 19);   // no multiple of a vector

    [Fact]
    public void Backward_RandomUpstream_MatchesFiniteDifferences()
    {
        var definition = new PReluDefinition();
        var layer = definition.Build(Some.Site(Image, definition));
        Some.Values(19, seed: 1).CopyTo(layer.Parameters[0].Value);
        float[] x = Some.Values(Rows * Image.Size, seed: 2), upstream = Some.Values(Rows * Image.Size, seed: 3);
        var (y, dx) = (new float[x.Length], (float[])upstream.Clone());

        layer.Forward(x, y, Rows, Some.TrainingPass);
        layer.Backward(x, y, dx, dx, Rows);   // in place

        double[] wideX = Widen(x), slopes = Widen(layer.Parameters[0].Value), wideUpstream = Widen(upstream);
        y.ShouldAgree(Formula(wideX, slopes), 1e-7);   // one product
        dx.ShouldAgree(FiniteDifference.Gradient(at => Formula(at, slopes), wideX, wideUpstream), 1e-6);
        layer.Parameters[0].Gradient.ShouldAgree(
            FiniteDifference.Gradient(at => Formula(wideX, at), slopes, wideUpstream), 1e-5);   // sums of 24 products
    }

    [Fact]
    public void Build_SlopePerChannel_StartsAsSaidAndDoesNotDecay()
    {
        var definition = new PReluDefinition { InitialSlope = 0.1f };

        var slope = definition.Build(Some.Site(Image, definition)).Parameters.Should().ContainSingle().Subject;

        (slope.Name, slope.Length, slope.Decays).Should().Be(("prelu1.slope", 19, false));
        slope.Value.ToArray().Should().OnlyContain(value => value == 0.1f);
        definition.StateSize(Image).Should().Be(19);
    }

    private static double[] Formula(double[] x, double[] slopes) => [.. x.Select((value, i) => value > 0 ? value : value * slopes[i % 19])];

    private static double[] Widen(ReadOnlySpan<float> values) => [.. values.ToArray().Select(value => (double)value)];
}
