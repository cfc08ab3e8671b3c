using System.Text;
using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>Decides the values of one trial.</summary>
internal abstract class TrialDraws
{
    /// <summary>At least 0 and below <paramref name="count"/>.</summary>
    public abstract int Below(string name, int count);

    /// <summary>At least 0 and below 1.</summary>
    public abstract float Unit(string name);
}

/// <summary>Values that follow from seed, number and name alone.</summary>
internal sealed class RandomDraws(int seed, int number) : TrialDraws
{
    private readonly CounterRandom random = Of(seed, number);

    /// <summary>The seed of a trial's training.</summary>
    public static int SeedOf(int seed, int number) => Of(seed, number).NextBelow(int.MaxValue);

    public override int Below(string name, int count) => For(name).NextBelow(count);

    public override float Unit(string name) => For(name).NextSingle();

    private static CounterRandom Of(int seed, int number) =>
        new CounterRandom((ulong)seed).Derive(RandomStream.Search).Derive((ulong)number);

    private CounterRandom For(string name) =>
        Encoding.UTF8.GetBytes(name).Aggregate(random, (derived, letter) => derived.Derive(letter));
}

/// <summary>Values by their place in the order of what is asked for; the first of each where no place is given.</summary>
internal sealed class GridDraws(IReadOnlyList<int> places) : TrialDraws
{
    private readonly List<(int Place, int Count)> asked = [];

    /// <summary>The places of the trial behind this one, which differs in what was asked for last; null: this is the last trial.</summary>
    public int[]? Next()
    {
        var last = asked.FindLastIndex(value => value.Place + 1 < value.Count);
        return last < 0 ? null : [.. asked.Take(last).Select(value => value.Place), asked[last].Place + 1];
    }

    public override int Below(string name, int count)
    {
        var place = asked.Count < places.Count ? places[asked.Count] : 0;
        asked.Add((place, count));
        return place;
    }

    public override float Unit(string name) => throw new InvalidOperationException(
        $"A grid cannot take every number that '{name}' may be. Use {nameof(SearchTrial.Choose)} with those to try, or another "
        + $"{nameof(SearchMethod)}.");
}
