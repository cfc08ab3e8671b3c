using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class FeatureStatisticsTests
{
    [Fact]
    public void Measure_NumbersTwoValuesAndConstants_EachByItsRule()
    {
        var scales = Measure(bins: 0, [2_000, 1, 7, 30], [2_002, 0, 7, 10], [2_004, 1, 7, 10], [2_006, 0, 7, 30]);

        scales.Mean.Should().Equal(2_003, 0, 7, 10);
        scales.Factor.Should().Equal((float)(1 / Math.Sqrt(5)), 1, 0, 0.05f);
        scales.Edges.Should().OnlyContain(edges => edges.Length == 0);
    }

    [Fact]
    public void Measure_WeightedRows_WeighsThem()
    {
        var builder = new DatasetBuilder(1, hasWeights: true);
        builder.Add([0], 0, weight: 3);
        builder.Add([1], 0, weight: 3);
        builder.Add([2.5f], 0, weight: 1);

        Measure(builder.ToDataset(), bins: 0, features: 1).Mean.Should().Equal(5.5f / 7);
    }

    [Fact]
    public void Measure_FewValues_AreTheEdgesAndTwoHaveNone()
    {
        var scales = Measure(bins: 8, Repeated(30, [3, 5], [1, 9], [2, 5], [3, 9]));

        scales.Edges[0].Should().Equal(1, 2, 3);
        scales.Edges[1].Should().BeEmpty();
        scales.BinMeans.Should().Equal(0.75f, 0.5f);
    }

    // Fewer than 30 rows for each of two bins.
    [Fact]
    public void Measure_FewRows_HasNoBins() => Measure(bins: 8, Repeated(14, [1], [2], [3], [4])).Edges[0].Should().BeEmpty();

    [Theory]
    [InlineData(59, 0)]
    [InlineData(60, 2)]
    [InlineData(89, 2)]
    [InlineData(91, 3)]
    public void Measure_ThirtyRowsForEachBin_AreEnough(int rows, int bins) =>
        Measure(bins: 8, Numbers(rows)).Edges[0].Should().HaveCount(bins == 0 ? 0 : bins + 1);

    [Fact]
    public void Measure_ThousandsOfNumbers_GetFewerBinsOrNone()
    {
        Rows(600).Outputs.Should().BeInRange(600 * 4, 4_096);
        Rows(2_000).Outputs.Should().Be(2_000);

        static FeatureScales Rows(int features) => Measure(
            bins: 24, [.. Enumerable.Range(0, 720).Select(row => Enumerable.Range(0, features).Select(f => row + 0.5f * f).ToArray())]);
    }

    [Fact]
    public void Measure_NetworkWithoutEncoding_StaysAsItIs()
    {
        var network = NetworkDefinition.Empty.Dense(3);

        FeatureStatistics.Measure(network, DataOf([1], [2]), Shape.Vector(1)).Should().BeSameAs(network);
    }

    private static float[][] Repeated(int times, params float[][] rows) => [.. Enumerable.Repeat(rows, times).SelectMany(row => row)];

    private static float[][] Numbers(int rows) => [.. Enumerable.Range(0, rows).Select(i => new float[] { i })];

    private static FeatureScales Measure(int bins, params float[][] rows) => Measure(DataOf(rows), bins, rows[0].Length);

    private static FeatureScales Measure(Dataset rows, int bins, int features)
    {
        var network = NetworkDefinition.Empty.Add(new FeatureEncodingDefinition { Bins = bins }).Dense(1);
        var measured = FeatureStatistics.Measure(network, rows, Shape.Vector(features));
        measured.Layers.Should().HaveCount(2);
        return ((FeatureEncodingDefinition)measured.Layers[0]).Scales!;
    }

    private static Dataset DataOf(params float[][] rows)
    {
        var builder = new DatasetBuilder(rows[0].Length, hasWeights: false);
        foreach (var row in rows)
            builder.Add(row, 0);
        return builder.ToDataset();
    }
}
