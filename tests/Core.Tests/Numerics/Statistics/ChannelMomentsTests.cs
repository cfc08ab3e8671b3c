using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class ChannelMomentsTests
{
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(5, 1, 0)]
    [InlineData(5000, 1, 10)]
    [InlineData(3000, 3, 10)]
    [InlineData(3000, 4, -1000)]
    [InlineData(5000, 7, 1e3)]
    [InlineData(3000, 17, 0)]
    [InlineData(40_003, 2, 10)]
    [InlineData(1003, 67, 10)]
    public void Add_AnyChannels_MatchesExactMoments(int rows, int channels, double shift)
    {
        var x = Some.Doubles(rows * channels, seed: 8, scale: 2, shift);
        var moments = new ChannelMoments(channels);

        moments.Add(x);

        moments.Count(0).Should().Be(rows);
        for (var c = 0; c < channels; c++)
            ShouldBeExact(moments, x, c, varianceTolerance: 1e-12);
    }

    [Fact]
    public void Add_MeanOfMillionDeviations_KeepsNineDigitsOfTheVariance()
    {
        var x = Some.Doubles(20_000, seed: 8, scale: 1e-3, shift: 1e3);
        var moments = new ChannelMoments(2);

        moments.Add(x);

        ShouldBeExact(moments, x, 0, varianceTolerance: 1e-9);
        ShouldBeExact(moments, x, 1, varianceTolerance: 1e-9);
    }

    [Fact]
    public void Add_Singles_EqualsTheSameValuesAsDoubles()
    {
        var x = Some.Values(11 * 200, seed: 9, scale: 2, shift: 5);
        var (singles, doubles) = (new ChannelMoments(11), new ChannelMoments(11));

        singles.Add(x);
        doubles.Add([.. x.Select(value => (double)value)]);

        for (var c = 0; c < 11; c++)
        {
            singles.Mean(c).Should().Be(doubles.Mean(c));
            singles.UnbiasedVariance(c).Should().Be(doubles.UnbiasedVariance(c));
        }
    }

    [Theory]
    [InlineData("row by row")]
    [InlineData("uneven")]
    [InlineData("sorted")]
    [InlineData("outlier first")]
    [InlineData("drifting")]
    public void Add_AnySplitOrOrder_MatchesExactMoments(string arrangement)
    {
        const int channels = 3;
        var x = Some.Doubles(4000 * channels, seed: 10, scale: 2, shift: 7);
        if (arrangement == "sorted")
            Array.Sort(x);
        if (arrangement == "outlier first")
            x[0] = 1e7;
        if (arrangement == "drifting")
            x = [.. x.Select((value, i) => value + i)];
        var moments = new ChannelMoments(channels);

        var random = new Random(1);
        for (var row = 0; row < 4000;)
        {
            var count = arrangement == "row by row" ? 1 : Math.Min(1 + random.Next(700), 4000 - row);
            moments.Add(x.AsSpan(row * channels, count * channels));
            row += count;
        }

        for (var c = 0; c < channels; c++)
            ShouldBeExact(moments, x, c, varianceTolerance: 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(1999)]
    [InlineData(0)]
    public void Merge_TwoParts_EqualsTheWhole(int firstRows)
    {
        const int channels = 5;
        var x = Some.Doubles(2000 * channels, seed: 12, scale: 3, shift: -40);
        var (moments, other) = (new ChannelMoments(channels), new ChannelMoments(channels));

        moments.Add(x.AsSpan(0, firstRows * channels));
        other.Add(x.AsSpan(firstRows * channels));
        moments.Merge(other);

        moments.Count(0).Should().Be(2000);
        for (var c = 0; c < channels; c++)
            ShouldBeExact(moments, x, c, varianceTolerance: 1e-12);
    }

    [Fact]
    public void Merge_AnotherNumberOfChannels_Throws()
    {
        var merge = () => new ChannelMoments(2).Merge(new ChannelMoments(3));

        merge.Should().Throw<ArgumentException>().WithMessage("*3 channels*2*");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    public void Add_MissingValues_AreSkippedAndCounted(int channels)
    {
        var x = Some.Doubles(700 * channels, seed: 14, scale: 2, shift: 50);
        for (var i = 0; i < x.Length; i += 5)
            x[i] = double.NaN;
        var moments = new ChannelMoments(channels);

        moments.Add(x);

        for (var c = 0; c < channels; c++)
        {
            moments.Missing(c).Should().Be(x.Where((value, i) => i % channels == c && double.IsNaN(value)).Count());
            moments.Count(c).Should().Be(700 - moments.Missing(c));
            ShouldBeExact(moments, x, c, varianceTolerance: 1e-12);
        }
    }

    [Fact]
    public void Add_ChannelOfMissingValues_HasNone()
    {
        var moments = new ChannelMoments(2);

        moments.Add([double.NaN, 1, double.NaN, 3]);

        (moments.Count(0), moments.Missing(0), moments.SquaredDeviations(0)).Should().Be((0, 2, 0));
        double.IsNaN(moments.Mean(0)).Should().BeTrue();
        (moments.Count(1), moments.Missing(1), moments.Mean(1), moments.PopulationVariance(1)).Should().Be((2, 0, 2, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void Add_WholeWeights_EqualRepeatedRows(int channels)
    {
        var x = Some.Doubles(900 * channels, seed: 15, scale: 2, shift: 50);
        x[channels] = double.NaN;
        float[] weights = [.. Enumerable.Range(0, 900).Select(row => 1f + row % 3)];
        double[] repeated = [.. x.Chunk(channels).SelectMany((row, i) => Enumerable.Repeat(row, 1 + i % 3)).SelectMany(row => row)];
        var moments = new ChannelMoments(channels);

        moments.Add(x, weights);

        moments.Count(0).Should().Be(899);
        moments.Weight(0).Should().Be(1800 - 2);
        for (var c = 0; c < channels; c++)
            ShouldBeExact(moments, repeated, c, varianceTolerance: 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Add_FirstRowMissing_KeepsNineDigitsAtAMeanOfMillionDeviations(int channels)
    {
        // Nothing tells where the mean is before the block is read.
        var x = Some.Doubles(900 * channels, seed: 17, scale: 1e-3, shift: 1e3);
        x.AsSpan(0, channels).Fill(double.NaN);
        var moments = new ChannelMoments(channels);

        moments.Add(x);

        for (var c = 0; c < channels; c++)
            ShouldBeExact(moments, x, c, varianceTolerance: 1e-9);
    }

    [Fact]
    public void Add_ValueByValue_EqualsRows()
    {
        var x = Some.Doubles(3000, seed: 16, scale: 2, shift: -30);
        x[7] = double.NaN;
        var moments = new ChannelMoments(1);

        foreach (var value in x)
            moments.Add(0, value, weight: 1);

        (moments.Count(0), moments.Missing(0)).Should().Be((2999, 1));
        ShouldBeExact(moments, x, 0, varianceTolerance: 1e-12);
    }

    [Fact]
    public void Add_WrongNumberOfWeights_Throws()
    {
        var add = () => new ChannelMoments(2).Add(new double[6], new float[2]);

        add.Should().Throw<ArgumentException>().WithMessage("3 weights*2*");
    }

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void IsFinite_OneBadValue_IsFalseForItsChannelOnly(double bad)
    {
        var x = Some.Doubles(5 * 300, seed: 13);
        x[5 * 100 + 2] = bad;
        var moments = new ChannelMoments(5);

        moments.Add(x);

        Enumerable.Range(0, 5).Where(c => !moments.IsFinite(c)).Should().Equal(2);
    }

    [Fact]
    public void Variance_TooFewValues_IsNaN()
    {
        var moments = new ChannelMoments(1);
        double.IsNaN(moments.Mean(0)).Should().BeTrue();
        double.IsNaN(moments.PopulationVariance(0)).Should().BeTrue();

        moments.Add([4.0]);

        moments.Mean(0).Should().Be(4);
        moments.PopulationVariance(0).Should().Be(0);
        double.IsNaN(moments.UnbiasedVariance(0)).Should().BeTrue();
    }

    [Fact]
    public void Add_NoWholeRows_Throws()
    {
        var add = () => new ChannelMoments(3).Add(new float[4]);

        add.Should().Throw<ArgumentException>().WithMessage("*3 channels*4 values*");
    }

    // The exact values come from decimal arithmetic, 28 digits.
    private static void ShouldBeExact(ChannelMoments moments, double[] x, int channel, double varianceTolerance)
    {
        decimal[] column = [.. x.Where((_, i) => i % moments.Channels == channel).Where(value => !double.IsNaN(value)).Select(Exact)];
        var mean = column.Average();
        var squares = column.Sum(value => (value - mean) * (value - mean));
        var deviation = Math.Sqrt((double)(squares / column.Length));

        moments.Mean(channel).Should().BeApproximately((double)mean, 1e-12 * (Math.Abs((double)mean) + deviation));
        moments.PopulationVariance(channel).Should().BeApproximately(
            (double)(squares / column.Length), varianceTolerance * deviation * deviation);
        if (column.Length > 1)
            moments.UnbiasedVariance(channel).Should().BeApproximately(
                (double)(squares / (column.Length - 1)), varianceTolerance * deviation * deviation * 2);
    }

    // The conversion to decimal keeps 15 digits; the rest goes in after them.
    private static decimal Exact(double value)
    {
        var rounded = (decimal)value;
        return rounded + (decimal)(value - (double)rounded);
    }
}
