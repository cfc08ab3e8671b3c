using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Pipelines.Search;

namespace MLNet.BatchNorm;

/// <summary>Which values a search tries, and how long it trains with each. Immutable.</summary>
/// <example>
/// <code>
/// var options = new NeuralNetworkSearchOptions { Method = SearchMethod.Grid, Seed = 1 };
/// var search = ml.Regression.Trainers.NeuralNetworkSearch(
///     trial => new NeuralNetworkOptions
///     {
///         LabelColumnName = "Price",
///         BatchSize = trial.Choose("batch size", 16, 32),
///         NormalizeFeatures = trial.Choose("normalize", true, false),
///         Epochs = 5,
///     },
///     options);
/// Console.WriteLine(search.TrialCount);   // 4
/// </code>
/// </example>
public abstract record SearchMethod
{
    private protected SearchMethod()
    {
    }

    /// <summary>
    /// Every combination of the values that <see cref="SearchTrial.Choose"/> and <see cref="SearchTrial.Integer"/> may give; what is asked
    /// for last changes first. There may be 100,000.
    /// </summary>
    public static SearchMethod Grid { get; } = new GridMethod();

    /// <summary>Values drawn at random, each trial trained to the end (Bergstra and Bengio, JMLR 2012).</summary>
    /// <param name="trials">How many; 1 to 100,000. All are asked for their values before the first is trained.</param>
    /// <returns>The method.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="trials"/> is out of its range.</exception>
    public static SearchMethod Random(int trials = 32) => new RandomMethod(ANumberOf(trials));

    /// <summary>
    /// Values drawn at random, all trained for a part of their epochs; the best of them go on, and so forth, so that only a few are trained
    /// to the end (Jamieson and Talwalkar, AISTATS 2016, arXiv:1502.07943). A trial that goes on does so where it was stopped, with the
    /// schedule of all its epochs: the model of one that gets to the end has the bits of an undisturbed training.
    /// </summary>
    /// <param name="trials">How many begin; 1 to 100,000.</param>
    /// <param name="factor">
    /// Of how many one goes on each time (rounded up), for that many times the epochs (rounded up); at least 2.
    /// </param>
    /// <param name="rungs">
    /// How many parts a training to the end has, 1 to 10: with 3 the first takes 1 / <paramref name="factor"/>^2 of the epochs.
    /// </param>
    /// <returns>The method.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static SearchMethod SuccessiveHalving(int trials = 32, int factor = 4, int rungs = 3) => new HalvingMethod(
        ANumberOf(trials),
        Require.AtLeast(2, factor, nameof(factor)),
        (int)Require.Within(1, MostRungs, rungs, nameof(rungs)));

    /// <summary>All are in memory, and each is a file or more.</summary>
    internal const int MostTrials = 100_000;

    private const int MostRungs = 10;

    /// <summary>Of how many going on one does.</summary>
    internal virtual int Factor => 1;

    /// <summary>The parts of a training: each ends with the first of so many equal shares of the epochs. The last is 1.</summary>
    internal virtual IReadOnlyList<int> Divisors => [1];

    /// <summary>What decides the values of each trial, from trial 0 on.</summary>
    /// <param name="seed">Of the search.</param>
    /// <param name="ask">Asks the function of the search for the options of a trial of that number.</param>
    internal abstract IEnumerable<TrialDraws> Draws(int seed, Action<int, TrialDraws> ask);

    /// <summary>What must be the same for a trial to be the same, beside its values.</summary>
    internal abstract IEnumerable<OptionValue> Description { get; }

    private static int ANumberOf(int trials) => (int)Require.Within(1, MostTrials, trials, nameof(trials));

    private sealed record GridMethod : SearchMethod
    {
        internal override IEnumerable<OptionValue> Description => OptionValue.Of("Method", nameof(Grid));

        internal override IEnumerable<TrialDraws> Draws(int seed, Action<int, TrialDraws> ask)
        {
            var number = 0;
            for (int[]? places = []; places is not null; number++)
            {
                var draws = new GridDraws(places);
                ask(number, draws);
                yield return new GridDraws(places);
                places = draws.Next();
            }
        }
    }

    private sealed record RandomMethod(int Trials) : SearchMethod
    {
        internal override IEnumerable<OptionValue> Description => OptionValue.Of("Method", nameof(Random));

        internal override IEnumerable<TrialDraws> Draws(int seed, Action<int, TrialDraws> ask) =>
            Enumerable.Range(0, Trials).Select(number => new RandomDraws(seed, number));
    }

    private sealed record HalvingMethod(int Trials, int OneOf, int Rungs) : SearchMethod
    {
        internal override int Factor => OneOf;

        internal override IReadOnlyList<int> Divisors =>
            [.. Enumerable.Range(1, Rungs).Select(rung => (int)Math.Min(int.MaxValue, Math.Pow(OneOf, Rungs - rung)))];

        internal override IEnumerable<OptionValue> Description =>
        [
            .. OptionValue.Of("Method", nameof(SuccessiveHalving)),
            .. OptionValue.Of("Method.Factor", Factor),
            .. OptionValue.Of("Method.Rungs", Rungs),
        ];

        internal override IEnumerable<TrialDraws> Draws(int seed, Action<int, TrialDraws> ask) => Random(Trials).Draws(seed, ask);
    }
}
