using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Layers;

/// <summary>Batch norm whose batch lies on several ranks is batch norm over the whole batch.</summary>
public class RankStatisticsTests
{
    private const int Rows = 24;
    private static readonly BatchNormDefinition Plain = new() { InitialGamma = 1.5f, Momentum = 0.3f };

    public static TheoryData<string, BatchNormDefinition, Shape, int[]> Cases => new()
    {
        { "vectors", Plain, Shape.Vector(5), [12, 12] },
        { "unequal ranks", Plain, Shape.Vector(5), [3, 14, 7] },
        { "images", Plain, Shape.Image(3, 2, 4), [8, 16] },
        { "cumulative", Plain with { Momentum = null }, Shape.Vector(9), [6, 6, 6, 6] },
        { "weighted", Plain with { WeightedStatistics = true }, Shape.Vector(5), [10, 14] },
        { "weighted images", Plain with { WeightedStatistics = true }, Shape.Image(2, 2, 3), [12, 12] },
        {
            "renormalized",
            Plain with { Renormalization = new() { WarmupBatches = 0, RMaxReachedAfter = 0, DMaxReachedAfter = 0 } },
            Shape.Vector(5), [9, 15]
        },
        { "frozen statistics", Plain with { Freeze = BatchNormFreeze.Statistics }, Shape.Vector(5), [12, 12] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardAndBackward_RowsOnSeveralRanks_AreThoseOfOneBatch(
        string what, BatchNormDefinition definition, Shape shape, int[] rows)
    {
        var whole = Pass(definition, shape, [Rows], relu: false)[0];

        var parts = Pass(definition, shape, rows, relu: false);

        ShouldAgree(parts, whole, what);
    }

    [Fact]
    public void ForwardAndBackward_WithTheReluTakenIn_AreThoseOfOneBatch() =>
        ShouldAgree(Pass(Plain, Shape.Vector(5), [9, 15], relu: true), Pass(Plain, Shape.Vector(5), [Rows], relu: true)[0], "relu");

    // Ghost batches are of one rank each, so that in one process they are the same ones, one after the other.
    [Theory]
    [InlineData(new[] { 12, 12 }, false)]
    [InlineData(new[] { 16, 8 }, false)]   // as at the end of an epoch
    [InlineData(new[] { 12, 12 }, true)]
    public void ForwardAndBackward_GhostBatches_AreThoseOfOneProcess(int[] rows, bool weighted)
    {
        var definition = Plain with { VirtualBatchSize = 4, WeightedStatistics = weighted };

        var whole = Pass(definition, Shape.Vector(5), [Rows], relu: false)[0];

        ShouldAgree(Pass(definition, Shape.Vector(5), rows, relu: false), whole, "ghosts");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(4)]
    public void Forward_Calibration_PoolsTheRowsOfAllRanks(int? virtualBatchSize)
    {
        var shape = Shape.Vector(5);
        var definition = Plain with { VirtualBatchSize = virtualBatchSize };
        var x = Some.Values(Rows * shape.Size, seed: 1, shift: 3);
        BatchNormInfo Calibrated(int first, int end, Ranks? ranks)
        {
            var layer = (BatchNormLayer)definition.Build(Some.Site(shape, definition));
            for (var half = 0; half < 2; half++)
                layer.Forward(
                    x.AsSpan((first * shape.Size)..(end * shape.Size)), new float[(end - first) * shape.Size], end - first,
                    Core.Layers.Pass.Calibration(isFirst: half == 0, ranks));
            return layer.Describe();
        }

        var parts = Ranked.Run(2, ranks => Calibrated(12 * ranks.Rank, 12 * ranks.Rank + 12, ranks));

        var whole = Calibrated(0, Rows, null);
        foreach (var part in parts)
        {
            part.RunningMean.Should().Equal(parts[0].RunningMean);
            part.RunningMean.ToArray().ShouldAgree([.. whole.RunningMean.Select(value => (double)value)], 1e-6);
            part.RunningVariance.ToArray().ShouldAgree([.. whole.RunningVariance.Select(value => (double)value)], 1e-6);
        }
    }

    [Fact]
    public void ForwardAndBackward_AfterTheFirstStep_AllocateNothing()
    {
        foreach (var definition in (BatchNormDefinition[])[Plain, Plain with { VirtualBatchSize = 4 }])
            Ranked.Run(2, ranks =>
            {
                var shape = Shape.Vector(5);
                var layer = definition.Build(Some.Site(shape, definition));
                var (x, y) = (Some.Values(8 * shape.Size, seed: ranks.Rank), new float[8 * shape.Size]);
                return Allocations.Of(() =>
                {
                    layer.Forward(x, y, 8, Core.Layers.Pass.Training(default, default, ranks));
                    layer.Backward(x, y, x, y, 8);
                });
            }).Should().Equal(0, 0);
    }

    private static void ShouldAgree(Result[] parts, Result whole, string because)
    {
        // float32 sums over other blocks of rows
        Joined(part => part.Y).ShouldAgree(Doubles(whole.Y), 1e-5);
        Joined(part => part.Dx).ShouldAgree(Doubles(whole.Dx), 1e-4);
        for (var p = 0; p < whole.Gradients.Length; p++)
            parts.Aggregate(new float[whole.Gradients[p].Length], (sum, part) => [.. sum.Zip(part.Gradients[p], (a, b) => a + b)])
                .ShouldAgree(Doubles(whole.Gradients[p]), 1e-4);
        foreach (var part in parts)
        {
            part.Running.RunningMean.Should().Equal(parts[0].Running.RunningMean, because);
            part.Running.RunningVariance.Should().Equal(parts[0].Running.RunningVariance, because);
            part.Running.Batches.Should().Be(whole.Running.Batches, because);
            part.Running.RunningMean.ToArray().ShouldAgree(Doubles([.. whole.Running.RunningMean]), 1e-6);
            part.Running.RunningVariance.ToArray().ShouldAgree(Doubles([.. whole.Running.RunningVariance]), 1e-6);
        }

        float[] Joined(Func<Result, float[]> of) => [.. parts.SelectMany(of)];

        static double[] Doubles(float[] values) => [.. values.Select(value => (double)value)];
    }

    /// <summary>Two steps, the second of which counts, over rows that are shared among as many ranks as there are numbers.</summary>
    private static Result[] Pass(BatchNormDefinition definition, Shape shape, int[] rowsOfRanks, bool relu)
    {
        var x = Some.Values(Rows * shape.Size, seed: 1, shift: 3);
        var upstream = Some.Values(Rows * shape.Size, seed: 2);
        var weights = Some.Values(Rows, seed: 3).Select(value => 0.5f + Math.Abs(value)).ToArray();
        return Ranked.Run(rowsOfRanks.Length, ranks =>
        {
            var layer = (BatchNormLayer)definition.Build(Some.Site(shape, definition));
            if (relu)
                layer.TakeRelu();
            var first = rowsOfRanks.Take(ranks.Rank).Sum();
            var rows = rowsOfRanks[ranks.Rank];
            var values = (first * shape.Size)..((first + rows) * shape.Size);
            var (y, dx) = (new float[rows * shape.Size], new float[rows * shape.Size]);
            for (var step = 0; step < 2; step++)
            {
                layer.Forward(
                    x.AsSpan(values), y, rows,
                    Core.Layers.Pass.Training(default, weights.AsSpan(first, rows), rowsOfRanks.Length > 1 ? ranks : null));
                layer.Backward(x.AsSpan(values), y, upstream.AsSpan(values), dx, rows);
            }

            return new Result(y, dx, [.. layer.Parameters.Select(parameter => parameter.Gradient.ToArray())], layer.Describe());
        });
    }

    private sealed record Result(float[] Y, float[] Dx, float[][] Gradients, BatchNormInfo Running);
}
