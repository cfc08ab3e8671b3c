using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class BinEdgesTests
{
    [Fact]
    public void Of_AsManyValuesAsEdges_TakesEveryOne() => BinEdges.Of([5, 1, 3, 1, 9], bins: 3).Should().Equal(1, 3, 5, 9);

    [Theory]
    [InlineData(7f)]
    [InlineData(7f, 8f, 7f)]
    public void Of_OneOrTwoValues_HasNone(params float[] values) => BinEdges.Of([.. values], bins: 4).Should().BeEmpty();

    [Fact]
    public void Of_ManyValues_CutsThemIntoEvenShares() =>
        BinEdges.Of([.. Enumerable.Range(1, 100).Select(i => (float)i * i)], bins: 4)
            .Should().Equal(1, 25 * 25, 50 * 50, 75 * 75, 100 * 100);

    // Quantiles would spend nine of ten bins on the zeros.
    [Fact]
    public void Of_MostlyZero_KeepsTheOtherBinsForTheRest()
    {
        List<float> values = [.. Enumerable.Repeat(0f, 900), .. Enumerable.Range(1, 100).Select(i => (float)i)];

        var edges = BinEdges.Of(values, bins: 10);

        edges.Length.Should().BeInRange(10, 11);
        edges.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        edges[0].Should().Be(0);
        edges[^1].Should().Be(100);
        edges.Zip(edges.Skip(1), (from, to) => to - from).Should().OnlyContain(width => width <= 13);
    }

    [Fact]
    public void Means_Bins_AreThoseOfTheEncodedValues() =>
        BinEdges.Means([[0, 1, 2, 4], [3, 3, 3, 3]], [[0, 2, 4], []]).Should().Equal((0 + 0.5f + 1 + 1) / 4, 0.25f);
}
