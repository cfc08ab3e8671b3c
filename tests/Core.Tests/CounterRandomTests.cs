
namespace MLNet.BatchNorm.Core.Tests;

public class CounterRandomTests
{
    [Fact]
    public void NextUInt64_KnownSeed_GivesTheSameNumbersForEver()
    {
        var random = new CounterRandom(1);

        // Saved models and published figures depend on these: they may not change.
        new[] { random.NextUInt64(), random.NextUInt64(), random.NextUInt64() }.Should().Equal(
            0x5e41ab087439611e, 0xf18d6ce93d6cf1ee, 0x0b95f66d327e8d78);
    }

    [Fact]
    public void Derive_DoesNotDependOnWhatWasDrawn()
    {
        var (fresh, used) = (new CounterRandom(5), new CounterRandom(5));
        used.NextUInt64();

        var (first, second) = (fresh.Derive(3), used.Derive(3));

        first.NextUInt64().Should().Be(second.NextUInt64());
    }

    [Fact]
    public void Derive_NeighbouringSeedsAndStreams_AllDiffer()
    {
        var numbers = new HashSet<ulong>();
        for (var seed = 0ul; seed < 30; seed++)
            for (var stream = 0ul; stream < 30; stream++)
            {
                var random = new CounterRandom(seed).Derive(stream);
                numbers.Add(random.NextUInt64());
            }

        numbers.Should().HaveCount(900);
    }

    [Fact]
    public void NextSingle_ManyDraws_AreUniform()
    {
        var random = new CounterRandom(2);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++)
            counts[(int)(10 * random.NextSingle())]++;

        // 10,000 expected per bin, deviation 95.
        counts.Should().OnlyContain(count => count > 9_500 && count < 10_500);
    }

    [Fact]
    public void NextGaussian_ManyDraws_HaveMeanZeroAndDeviationOne()
    {
        var random = new CounterRandom(3);
        var draws = Enumerable.Range(0, 100_000).Select(_ => (double)random.NextGaussian()).ToArray();

        // Standard errors: 0.0032 of the mean, 0.0045 of the variance, 0.0055 / 0.0155 of the third and fourth moment.
        draws.Average().Should().BeApproximately(0, 0.015);
        draws.Average(x => x * x).Should().BeApproximately(1, 0.02);
        draws.Average(x => x * x * x).Should().BeApproximately(0, 0.06);
        draws.Average(x => x * x * x * x).Should().BeApproximately(3, 0.15);
    }

    [Fact]
    public void Shuffle_ManyTimes_PutsEveryItemEverywhere()
    {
        var random = new CounterRandom(4);
        var counts = new int[5, 5];
        for (var i = 0; i < 20_000; i++)
        {
            int[] items = [0, 1, 2, 3, 4];
            random.Shuffle(items);
            for (var place = 0; place < 5; place++)
                counts[items[place], place]++;
        }

        var timesSeen = Enumerable.Range(0, 5).Select(item => Enumerable.Range(0, 5).Sum(place => counts[item, place]));
        timesSeen.Should().OnlyContain(times => times == 20_000);
        // 4,000 expected each, deviation 57.
        counts.Cast<int>().Should().OnlyContain(count => count > 3_700 && count < 4_300);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.2f)]
    [InlineData(0.75f)]
    public void FillDropoutMask_AnyRate_DropsThatShareAndKeepsTheMean(float rate)
    {
        var mask = new float[99_999];
        new CounterRandom(6).FillDropoutMask(mask, rate);

        mask.Distinct().Should().BeSubsetOf([0f, 1 / (1 - rate)]);
        // Deviation at most 0.0016.
        ((double)mask.Count(value => value == 0) / mask.Length).Should().BeApproximately(rate, 0.008);
    }
}
