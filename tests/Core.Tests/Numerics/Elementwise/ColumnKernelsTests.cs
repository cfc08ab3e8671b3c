using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

[Collection(nameof(WorkersAlone))]
public sealed class ColumnKernelsTests
{
    // Widths about every vector and about the strip of four vectors.
    public static TheoryData<int, int> Shapes => new()
    {
        { 0, 3 }, { 1, 1 }, { 7, 3 }, { 60, 10 }, { 23, 15 }, { 23, 16 }, { 23, 17 },
        { 9, 63 }, { 9, 64 }, { 9, 65 }, { 128, 130 }, { 300, 512 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Sum_AnyShape_MatchesDoubleSums(int rows, int columns)
    {
        var x = Some.Values(rows * columns, seed: 1);
        var sums = new float[columns];

        ColumnKernels.Sum(x, sums);

        sums.ShouldAgree(Sums(x, columns), 1e-5);   // float32 sums of up to 300 terms
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ReluBackwardAndSum_AnyShape_PassesOnlyWhereTheReluWasOpen(int rows, int columns)
    {
        var y = Some.Values(rows * columns, seed: 2).Select(value => Math.Max(value, 0)).ToArray();
        var dy = Some.Values(rows * columns, seed: 3);
        var (dx, sums) = (new float[dy.Length], new float[columns]);

        ColumnKernels.ReluBackwardAndSum(y, dy, dx, sums);

        dx.Should().Equal(dy.Zip(y, (gradient, output) => output > 0 ? gradient : 0));
        sums.ShouldAgree(Sums(dx, columns), 1e-5);
    }

    [Fact]
    public void ReluBackwardAndSum_AnyNumberOfThreads_GivesTheSameBits()
    {
        const int rows = 200, columns = 515;
        float[] y = Some.Values(rows * columns, seed: 2), dy = Some.Values(rows * columns, seed: 3);
        float[] On(int threads)
        {
            using var limit = BlockRunner.Limit(threads);
            var (dx, sums) = (new float[dy.Length], new float[columns]);
            ColumnKernels.ReluBackwardAndSum(y, dy, dx, sums);
            return [.. dx, .. sums];
        }

        using var most = new MaxThreads(4);
        var expected = On(1);
        foreach (var threads in (int[])[2, 3, 4])
            On(threads).Should().Equal(expected);
    }

    private static double[] Sums(float[] x, int columns) =>
        [.. Enumerable.Range(0, columns).Select(c => x.Where((_, i) => i % columns == c).Sum(value => (double)value))];
}
