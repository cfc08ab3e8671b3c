using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

[Collection(nameof(WorkersAlone))]
public sealed class ChannelMomentsPartsTests
{
    // A little more than three parts, and no multiple of anything.
    private const int Channels = 3, Rows = (3 * (1 << 20) / Channels) + 1001;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Add_ManyRows_EqualsTheSameRowsInSmallPieces(bool weighted)
    {
        var x = Values();
        var weights = weighted ? Weights() : [];
        var (whole, pieces) = (new ChannelMoments(Channels), new ChannelMoments(Channels));

        whole.Add(x, weights);
        for (var row = 0; row < Rows; row += 10_000)
        {
            var count = Math.Min(10_000, Rows - row);
            pieces.Add(x.AsSpan(row * Channels, count * Channels), weighted ? weights.AsSpan(row, count) : []);
        }

        for (var c = 0; c < Channels; c++)
        {
            whole.Count(c).Should().Be(pieces.Count(c));
            whole.Missing(c).Should().Be(pieces.Missing(c)).And.BePositive();
            whole.Weight(c).Should().Be(pieces.Weight(c), "whole weights sum exactly");
            // Double sums of 10^6 values, merged in another order.
            whole.Mean(c).Should().BeApproximately(pieces.Mean(c), 1e-12 * Math.Abs(pieces.Mean(c)));
            whole.PopulationVariance(c).Should().BeApproximately(pieces.PopulationVariance(c), 1e-12 * pieces.PopulationVariance(c));
        }
    }

    [Fact]
    public void Add_ManyRowsTwice_AddsOnlyTheNewOnes()
    {
        var x = Values();
        var (once, twice) = (new ChannelMoments(Channels), new ChannelMoments(Channels));

        once.Add(x);
        twice.Add(x);
        twice.Add(x);

        for (var c = 0; c < Channels; c++)
        {
            twice.Count(c).Should().Be(2 * once.Count(c));
            twice.Missing(c).Should().Be(2 * once.Missing(c));
            twice.Mean(c).Should().BeApproximately(once.Mean(c), 1e-12 * Math.Abs(once.Mean(c)));
            twice.PopulationVariance(c).Should().BeApproximately(once.PopulationVariance(c), 1e-12 * once.PopulationVariance(c));
        }
    }

    [Fact]
    public void Add_AnyNumberOfThreads_GivesTheSameBits()
    {
        var x = Values();
        var weights = Weights();
        ChannelMoments On(int threads)
        {
            using var limit = BlockRunner.Limit(threads);
            var moments = new ChannelMoments(Channels);
            moments.Add(x, weights);
            moments.Add(x);
            return moments;
        }

        using var most = new MaxThreads(4);
        var one = On(1);
        foreach (var threads in (int[])[2, 3, 4])
        {
            var several = On(threads);
            for (var c = 0; c < Channels; c++)
                (several.Mean(c), several.SquaredDeviations(c)).Should().Be((one.Mean(c), one.SquaredDeviations(c)));
        }
    }

    private static float[] Values()
    {
        var x = Some.Values(Rows * Channels, seed: 21, scale: 2, shift: 50);
        for (var i = 0; i < x.Length; i += 1000)
            x[i] = float.NaN;
        return x;
    }

    private static float[] Weights() => [.. Enumerable.Range(0, Rows).Select(row => 1f + (row % 3))];
}
