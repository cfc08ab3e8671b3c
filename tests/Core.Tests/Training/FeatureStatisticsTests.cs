using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class FeatureStatisticsTests
{
    [Fact]
    public void Measure_NumbersIndicatorsAndConstants_EachByItsRule()
    {
        var scales = Measure(bins: 0, [2_000, 1, 7], [2_002, 0, 7], [2_004, 1, 7], [2_006, 0, 7]);

        scales.Mean.Should().Equal(2_003, 0, 7);
        scales.Factor.Should().Equal((float)(1 / Math.Sqrt(5)), 1, 0);
        scales.Edges.Should().OnlyContain(edges => edges.Length == 0);
    }

    [Fact]
    public void Measure_WeightedRows_WeighsThem()
    {
        var builder = new DatasetBuilder(1, hasWeights: true);
        builder.Add([0.5f], 0, weight: 3);
        builder.Add([2.5f], 0, weight: 1);

        Measure(builder.ToDataset(), bins: 0, features: 1).Mean.Should().Equal(1);
    }

    [Fact]
    public void Measure_FewValues_AreTheEdgesAndTwoHaveNone()
    {
        var scales = Measure(bins: 8, [3, 5], [1, 9], [2, 5], [3, 9]);

        scales.Edges[0].Should().Equal(1, 2, 3);
        scales.Edges[1].Should().BeEmpty();
    }

    [Fact]
    public void Measure_ManyValues_HaveTheirQuantilesAsEdges()
    {
        var rows = Enumerable.Range(0, 1_001).Select(i => new float[] { i * i }).ToArray();

        Measure(bins: 4, rows).Edges[0].Should().Equal(0, 250 * 250, 500 * 500, 750 * 750, 1_000 * 1_000);
    }

    [Fact]
    public void Measure_ThousandsOfNumbers_GetFewerBinsOrNone()
    {
        Rows(600).Outputs.Should().BeInRange(600 * 5, 4_096);
        Rows(2_000).Outputs.Should().Be(2_000);

        static FeatureScales Rows(int features) => Measure(
            bins: 24, [.. Enumerable.Range(0, 40).Select(row => Enumerable.Range(0, features).Select(f => row + 0.5f * f).ToArray())]);
    }

    [Fact]
    public void Measure_NetworkWithoutEncoding_StaysAsItIs()
    {
        var network = NetworkDefinition.Empty.Dense(3);

        FeatureStatistics.Measure(network, DataOf([1], [2]), Shape.Vector(1)).Should().BeSameAs(network);
    }

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
