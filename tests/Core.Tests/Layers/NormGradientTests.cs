using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class NormGradientTests
{
    private const int Rows = 7;
    private static readonly float[] Weights = [1, 2.5f, 0, 0.5f, 3, 1, 0.25f];

    private static readonly BatchRenormalization Eager = new()
    {
        RMax = 1.5f,
        DMax = 0.25f,
        WarmupBatches = 0,
        RMaxReachedAfter = 0,
        DMaxReachedAfter = 0,
    };

    public static TheoryData<string, NormDefinition> Norms => new()
    {
        { "vector", new BatchNormDefinition() },
        { "image", new BatchNormDefinition { Epsilon = 0.1f } },
        { "vector", new BatchNormDefinition { VirtualBatchSize = 3 } },
        { "image", new BatchNormDefinition { VirtualBatchSize = 2 } },
        { "vector", new BatchNormDefinition { WeightedStatistics = true } },
        { "image", new BatchNormDefinition { WeightedStatistics = true, VirtualBatchSize = 3 } },
        { "vector", new BatchNormDefinition { Renormalization = Eager } },
        { "image", new BatchNormDefinition { Renormalization = Eager } },
        { "vector", new BatchNormDefinition { Freeze = BatchNormFreeze.Statistics } },
        { "image", new BatchNormDefinition { Freeze = BatchNormFreeze.StatisticsAndAffine } },
        { "vector", new LayerNormDefinition() },
        { "image", new LayerNormDefinition { Epsilon = 0.1f } },
        { "vector", new GroupNormDefinition(3) },
        { "image", new GroupNormDefinition(2) },
        { "image", new GroupNormDefinition(1) },
        { "image", new InstanceNormDefinition() },
    };

    [Theory]
    [MemberData(nameof(Norms))]
    public void Backward_RandomUpstream_MatchesFiniteDifferences(string layout, NormDefinition definition)
    {
        var shape = layout == "image" ? Shape.Image(2, 3, 6) : Shape.Vector(18);
        var layer = definition.Build(Some.Site(shape, definition));
        var (gammas, betas) = (layer.SavedParameters[0], layer.SavedParameters[1]);
        Some.Values(gammas.Length, seed: 1, shift: 0.5f).CopyTo(gammas.Value);
        Some.Values(betas.Length, seed: 2).CopyTo(betas.Value);
        if (layer is BatchNormLayer norm)
            for (var c = 0; c < shape.Channels; c++)
                (norm.RunningMean[c], norm.RunningVariance[c]) = (1 + 0.1f * c, 2 + 0.2f * c);
        var x = Some.Values(Rows * shape.Size, seed: 3, scale: 2, shift: 1);
        var upstream = Some.Values(x.Length, seed: 4);
        var (y, dx) = (new float[x.Length], new float[x.Length]);
        var oracle = Oracle(definition, shape, [.. x.Select(v => (double)v)], layer);   // before the forward moves running statistics

        layer.Forward(x, y, Rows, Pass.Training(new CounterRandom(1), Weights));
        layer.Backward(x, y, upstream, dx, Rows);

        double[] wideX = Widen(x), wideGamma = Widen(gammas.Value), wideBeta = Widen(betas.Value), wideUpstream = Widen(upstream);
        y.ShouldAgree(oracle.Forward(wideX, wideGamma, wideBeta), 1e-5);   // some float32 roundings
        // The layer is float32, the differences are good to 1e-9; sums of 42 terms.
        dx.ShouldAgree(FiniteDifference.Gradient(at => oracle.Forward(at, wideGamma, wideBeta), wideX, wideUpstream), 2e-5);
        if (definition is BatchNormDefinition { Freeze: BatchNormFreeze.StatisticsAndAffine })
        {
            layer.Parameters.Should().BeEmpty();
            return;
        }

        layer.Parameters[0].Gradient.ShouldAgree(
            FiniteDifference.Gradient(at => oracle.Forward(wideX, at, wideBeta), wideGamma, wideUpstream), 2e-5);
        layer.Parameters[1].Gradient.ShouldAgree(
            FiniteDifference.Gradient(at => oracle.Forward(wideX, wideGamma, at), wideBeta, wideUpstream), 2e-5);
    }

    private static NormOracle Oracle(NormDefinition definition, Shape shape, double[] x, Layer layer)
    {
        double epsilon = definition.Epsilon;
        if (definition is GroupNormDefinition group)
            return NormOracle.Group(shape, group.Groups, epsilon);
        if (definition is LayerNormDefinition)
            return NormOracle.Layer(shape, epsilon);
        if (definition is InstanceNormDefinition)
            return NormOracle.Group(shape, shape.Channels, epsilon);
        var options = (BatchNormDefinition)definition;
        var (mean, variance) = (Widen(((BatchNormLayer)layer).RunningMean), Widen(((BatchNormLayer)layer).RunningVariance));
        if (options.Freeze != BatchNormFreeze.Nothing)
            return new NormOracle(i => i % shape.Channels, i => i % shape.Channels, epsilon) { Fixed = (mean, variance) };
        var batch = NormOracle.Batch(Rows, shape, epsilon, options.VirtualBatchSize, options.WeightedStatistics ? Weights : null);
        if (options.Renormalization is null)
            return batch;
        var corrections = Enumerable.Range(0, shape.Channels).Select(Correction).ToArray();
        corrections.Should().Contain(c => Math.Abs(c.D) < 0.25, "not everything should be clipped").And.Contain(c => Math.Abs(c.D) == 0.25);
        return new NormOracle(i => i % shape.Channels, i => i % shape.Channels, epsilon)
        {
            Correction = (i => corrections[i % shape.Channels].R, i => corrections[i % shape.Channels].D),
        };

        (double R, double D) Correction(int c)
        {
            var running = Math.Sqrt(variance[c] + epsilon);
            return (
                Math.Clamp(Math.Sqrt(batch.Variance(x, c) + epsilon) / running, 1 / 1.5, 1.5),
                Math.Clamp((batch.Mean(x, c) - mean[c]) / running, -0.25, 0.25));
        }
    }

    private static double[] Widen(ReadOnlySpan<float> values) => [.. values.ToArray().Select(value => (double)value)];
}
