using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Distributed;

public class AgreementTests
{
    private static Ranks? Nobody => null;

    [Fact]
    public void Alone_WhateverIsAsked_TheAnswerIsOnesOwn()
    {
        double[] total = [3, 4];
        var moments = new ChannelMoments(1);

        Nobody.Total(total);

        total.Should().Equal(3, 4);
        Nobody.All(7).Should().Equal(7);
        Nobody.Any(true).Should().BeTrue();
        Nobody.Merged(moments).Should().BeSameAs(moments);
        Nobody.AllOf<int>([1, 2]).Should().ContainSingle().Which.Should().Equal(1, 2);
        FluentActions.Invoking(() => Nobody.RequireSame([new("Epochs", "1")])).Should().NotThrow();
    }

    [Fact]
    public void AllOf_UnequalLengths_GivesEachAsItIs()
    {
        var all = Ranked.Run(3, ranks => ranks.AllOf<int>(Enumerable.Repeat(ranks.Rank, 2 * ranks.Rank).ToArray()));

        foreach (var ofRank in all)
            ofRank.Should().BeEquivalentTo(new int[][] { [], [1, 1], [2, 2, 2, 2] }, options => options.WithStrictOrdering());
    }

    [Fact]
    public void Merged_PartsOnSeveralRanks_AreTheMomentsOfAll()
    {
        const int channels = 3;
        var values = Some.Values(channels * 90, seed: 4, shift: 1e3f);
        var expected = new ChannelMoments(channels);
        expected.Add<float>(values);
        int[] starts = [0, 10, 10, 90];   // the second rank has none

        var merged = Ranked.Run(3, ranks =>
        {
            var own = new ChannelMoments(channels);
            own.Add<float>(values.AsSpan((channels * starts[ranks.Rank])..(channels * starts[ranks.Rank + 1])));
            return ranks.Merged(own);
        });

        foreach (var ofRank in merged)
            for (var c = 0; c < channels; c++)
            {
                ofRank.Count(c).Should().Be(90);
                ofRank.Mean(c).Should().BeApproximately(expected.Mean(c), 1e-9).And.Be(merged[0].Mean(c));
                ofRank.UnbiasedVariance(c).Should().BeApproximately(expected.UnbiasedVariance(c), 1e-9);
            }
    }

    [Theory]
    [InlineData("8", "Epochs is 9 on rank 0 and 8 on rank 2")]
    [InlineData(null, "Epochs is 9 on rank 0 and none on rank 2")]
    [InlineData("9\0\u0001", "Epochs is 9 on rank 0 and 9\0\u0001 on rank 2")]   // as a label may be
    public void RequireSame_OneRankDiffers_IsRefusedOnAllWithBothValues(string? last, string message)
    {
        var thrown = Ranked.Run(3, ranks =>
        {
            OptionValue[] options = ranks.Rank < 2 || last is not null
                ? [new("Seed", "1"), new("Epochs", ranks.Rank == 2 ? last! : "9")]
                : [new("Seed", "1")];
            return Record.Exception(() => ranks.RequireSame(options));
        });

        thrown.Should().OnlyContain(exception => exception is InvalidOperationException);
        thrown[0].Message.Should().Contain(message);
        thrown.Select(exception => exception.Message).Distinct().Should().ContainSingle();
    }

    [Fact]
    public void RequireSame_OneRankHasAnOptionMore_NamesIt()
    {
        var run = () => ThreadRanks.Run(2, ranks =>
            ranks.RequireSame(ranks.Rank == 0 ? [new("Seed", "1")] : [new("Seed", "1"), new("dropout1", "DropoutDefinition")]));

        run.Should().Throw<InvalidOperationException>().WithMessage("*dropout1 is none on rank 0 and DropoutDefinition on rank 1*");
    }

    [Theory]
    [InlineData(32, 4, 8)]
    [InlineData(8, 4, 2)]
    public void RowsPerRank_SharedEvenly_IsThePart(int batchSize, int count, int expected) =>
        Ranked.Run(count, ranks => Core.Distributed.Agreement.RowsPerRank(batchSize, ranks)).Should().OnlyContain(rows => rows == expected);

    [Theory]
    [InlineData(33, 4)]
    [InlineData(4, 4)]
    public void RowsPerRank_NotEvenOrTooFew_SaysWhatWouldDo(int batchSize, int count) =>
        FluentActions.Invoking(() => ThreadRanks.Run(count, ranks => Core.Distributed.Agreement.RowsPerRank(batchSize, ranks)))
            .Should().Throw<ArgumentException>().WithMessage(
                $"BatchSize is {batchSize}, of all {count} ranks together. It must be a multiple of {count}, at least {2 * count}.");
}
