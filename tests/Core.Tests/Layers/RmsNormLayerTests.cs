using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class RmsNormLayerTests
{
    private const int Rows = 4;
    private static readonly Shape Image = Shape.Image(3, 2, 7);

    [Fact]
    public void Backward_RandomUpstream_MatchesFiniteDifferences()
    {
        var definition = new RmsNormDefinition { Epsilon = 0.1f };
        var layer = definition.Build(Some.Site(Image, definition));
        Some.Values(Image.Size, seed: 1).CopyTo(layer.Parameters[0].Value);
        float[] x = Some.Values(Rows * Image.Size, seed: 2, shift: 0.5f), upstream = Some.Values(Rows * Image.Size, seed: 3);
        var (y, dx) = (new float[x.Length], (float[])upstream.Clone());

        layer.Forward(x, y, Rows, Some.TrainingPass);
        layer.Backward(x, y, dx, dx, Rows);   // in place

        double[] wideX = Widen(x), gammas = Widen(layer.Parameters[0].Value), wideUpstream = Widen(upstream);
        y.ShouldAgree(Formula(wideX, gammas), 1e-6);   // some float32 roundings
        dx.ShouldAgree(FiniteDifference.Gradient(at => Formula(at, gammas), wideX, wideUpstream), 2e-6);
        layer.Parameters[0].Gradient.ShouldAgree(FiniteDifference.Gradient(at => Formula(wideX, at), gammas, wideUpstream), 2e-6);
    }

    [Fact]
    public void Build_GammaPerValue_IsOneAndDoesNotDecay()
    {
        var definition = new RmsNormDefinition();

        var gamma = definition.Build(Some.Site(Image, definition)).Parameters.Should().ContainSingle().Subject;

        (gamma.Name, gamma.Length, gamma.Decays).Should().Be(("rmsnorm1.gamma", Image.Size, false));
        gamma.Value.ToArray().Should().OnlyContain(value => value == 1);
        definition.StateSize(Image).Should().Be(Image.Size);
    }

    private static double[] Formula(double[] x, double[] gammas) =>
    [
        .. x.Chunk(Image.Size).SelectMany(row =>
        {
            var root = Math.Sqrt(row.Average(value => value * value) + 0.1f);
            return row.Select((value, i) => gammas[i] * value / root);
        }),
    ];

    private static double[] Widen(ReadOnlySpan<float> values) => [.. values.ToArray().Select(value => (double)value)];
}
