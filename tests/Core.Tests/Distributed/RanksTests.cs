using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Distributed;

public class RanksTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Exchange_PiecesForEveryRank_GivesEachItsOwnInTheOrderOfTheRanks(int count)
    {
        var received = Ranked.Run(count, ranks =>
        {
            byte[] pieces = [.. Enumerable.Range(0, count).SelectMany(to => new[] { (byte)ranks.Rank, (byte)to })];
            var mine = new byte[pieces.Length];
            ranks.Exchange(pieces, mine);
            return mine;
        });

        for (var rank = 0; rank < count; rank++)
            received[rank].Should().Equal(Enumerable.Range(0, count).SelectMany(from => new[] { (byte)from, (byte)rank }));
    }

    // A rank that is ahead must not write over what another one still reads.
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Gather_ManyTimesAtUnequalSpeed_AlwaysGivesWhatEveryRankHas(int count)
    {
        const int rounds = 300;
        var wrong = Ranked.Run(count, ranks =>
        {
            var random = new CounterRandom((ulong)ranks.Rank);
            return Enumerable.Range(0, rounds).Count(round =>
            {
                if (random.NextBelow(4) == 0)
                    Thread.SpinWait(random.NextBelow(20_000));
                var all = ranks.Gather([round, ranks.Rank, 7]);
                for (var rank = 0; rank < count; rank++)
                    if (!all.Slice(3 * rank, 3).SequenceEqual([round, rank, 7.0]))
                        return true;
                return false;
            });
        });

        wrong.Should().OnlyContain(rounds => rounds == 0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Sum_OfFloatsAndDoubles_AddsInTheOrderOfTheRanksOnEveryRank(int count)
    {
        const int each = 37;
        var values = Enumerable.Range(0, count).Select(rank => Some.Values(each * count, seed: rank, scale: 1e3f)).ToArray();
        var expected = new float[each * count];
        var expectedDoubles = new double[each * count];
        foreach (var ofRank in values)
            for (var i = 0; i < expected.Length; i++)
            {
                expected[i] = ofRank == values[0] ? ofRank[i] : expected[i] + ofRank[i];
                expectedDoubles[i] += ofRank[i];
            }

        var sums = Ranked.Run(count, ranks =>
        {
            float[] floats = [.. values[ranks.Rank]];
            double[] doubles = [.. values[ranks.Rank]];
            ranks.Sum(floats);
            ranks.Sum(doubles);
            return (floats, doubles);
        });

        foreach (var (floats, doubles) in sums)
        {
            floats.Should().Equal(expected);
            doubles.Should().Equal(expectedDoubles);
        }
    }

    [Fact]
    public void Sum_WhereTheOrderShows_GoesByRankNotByTime()
    {
        float[][] sums = Ranked.Run(3, ranks =>
        {
            float[] values = [ranks.Rank switch { 0 => 1e8f, 1 => -1e8f, _ => 1 }, 0, 0];
            if (ranks.Rank == 0)
                Thread.Sleep(20);
            ranks.Sum(values);
            return values;
        });

        sums.Should().OnlyContain(values => values[0] == 1);   // with the last one earlier it is 0
    }

    [Fact]
    public void Sum_NoMultipleOfTheRanks_IsRefused() =>
        FluentActions.Invoking(() => ThreadRanks.Run(2, ranks => ranks.Sum(new float[3])))
            .Should().Throw<ArgumentException>().WithMessage("A multiple of 2 values was expected, got 3.*");

    [Fact]
    public void SumAndGather_AfterTheFirst_AllocateNothing()
    {
        var allocated = Ranked.Run(2, ranks =>
        {
            var (floats, doubles) = (new float[1_000], new double[100]);
            return Allocations.Of(() =>
            {
                ranks.Sum(floats);
                ranks.Sum(doubles);
                ranks.Gather([1.0, 2.0]);
            });
        });

        allocated.Should().Equal(0, 0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Run_ARankThrows_EndsAllWithWhatItThrew(int count)
    {
        var failure = Ranked.Failure(count, ranks =>
        {
            for (var round = 0; ; round++)
            {
                if (ranks.Rank == count - 1 && round == 3)
                    throw new FormatException("Row 17 makes no sense.");
                ranks.Gather([round]);
            }
        });

        failure.Should().BeOfType<FormatException>().Which.Message.Should().Be("Row 17 makes no sense.");
    }

    [Fact]
    public void Run_ARankReturnsWhileOthersWait_SaysSo()
    {
        var failure = Ranked.Failure(3, ranks =>
        {
            if (ranks.Rank > 0)
                ranks.Gather([1.0]);
        });

        failure.Should().BeOfType<InvalidOperationException>()
            .Which.Message.Should().StartWith("A rank waits for another one that has ended.");
    }

    [Fact]
    public void Gather_OfUnequalLengths_SaysSo() =>
        Ranked.Failure(2, ranks => ranks.Gather(new double[1 + ranks.Rank])).Should().BeOfType<InvalidOperationException>()
            .Which.Message.Should().Match("Rank ? sends * bytes where another one expects *");

    [Fact]
    public void Run_NoRank_IsRefused() =>
        FluentActions.Invoking(() => ThreadRanks.Run(0, _ => { })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("count must*");

    [Fact]
    public void Run_ManyRanks_ShareTheThreadsOfTheProcess()
    {
        using var limit = BlockRunner.Limit(Environment.ProcessorCount);
        var threads = BlockRunner.Threads;

        Ranked.Run(2, _ => BlockRunner.Threads).Should().OnlyContain(each => each == Math.Max(1, threads / 2));
        Ranked.Run(100, _ => BlockRunner.Threads).Should().OnlyContain(each => each == 1);
    }
}
