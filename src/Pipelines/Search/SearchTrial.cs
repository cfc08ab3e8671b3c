using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MLNet.BatchNorm.Pipelines.Search;

namespace MLNet.BatchNorm;

/// <summary>
/// What the function of a search asks for the values of one trial, each by a name of its own. The values follow from the seed of the
/// search, the number of the trial and the name, whatever else is asked for, and in which order; in a grid from the number alone.
/// </summary>
/// <example>
/// <code>
/// var search = ml.MulticlassClassification.Trainers.NeuralNetworkSearch(
///     trial =>
///     {
///         int depth = trial.Integer("depth", 1, 3);
///         bool normalize = trial.Choose("batch norm", true, false);
///         return new NeuralNetworkOptions
///         {
///             Network = net =>
///             {
///                 for (int layer = 1; layer &lt;= depth; layer++)
///                     net = normalize ? net.Dense(16).BatchNorm().Relu() : net.Dense(16).Relu();
///                 return net;
///             },
///             Optimizer = new Adam { LearningRate = trial.LogUniform("learning rate", 1e-3f, 1e-1f) },
///             Epochs = 5,
///         };
///     },
///     new NeuralNetworkSearchOptions { Method = SearchMethod.Random(trials: 4), Seed = 1 });
/// Console.WriteLine(search.Run(data).Best.Values["depth"]);
/// </code>
/// </example>
public sealed class SearchTrial
{
    private readonly TrialDraws draws;
    private readonly Dictionary<string, string> ranges;
    private readonly OrderedDictionary<string, object> values = [];

    /// <param name="number">From 0.</param>
    /// <param name="draws">Decides.</param>
    /// <param name="ranges">What each name stood for in the trials so far.</param>
    internal SearchTrial(int number, TrialDraws draws, Dictionary<string, string> ranges)
    {
        Number = number;
        this.draws = draws;
        this.ranges = ranges;
    }

    /// <summary>Number of the trial, from 0.</summary>
    public int Number { get; }

    /// <summary>What was asked for so far, in that order.</summary>
    internal IReadOnlyDictionary<string, object> Values => values;

    /// <summary>One of several values, each as likely as the others.</summary>
    /// <typeparam name="T">Anything that can be told apart as text: numbers, texts, enumerations, optimizers.</typeparam>
    /// <param name="name">Of the value, in tables.</param>
    /// <param name="choices">At least one.</param>
    /// <returns>One of them.</returns>
    /// <exception cref="ArgumentException">There is none, two are the same as text, or the name has another meaning already.</exception>
    public T Choose<T>(string name, params T[] choices) where T : notnull
    {
        ArgumentNullException.ThrowIfNull(choices);
        string[] texts = [.. choices.Select(choice => TextOf(choice))];
        if (texts is [])
            throw new ArgumentException($"There is nothing to choose '{name}' from.", nameof(choices));
        if (texts.GroupBy(text => text).FirstOrDefault(group => group.Count() > 1) is { } equal)
            throw new ArgumentException(
                $"Two choices of '{name}' are both '{equal.Key}' as text. Choose one of several names, and make of it what it stands for.",
                nameof(choices));
        CheckName(name, $"one of {string.Join(", ", texts)}");
        return Keep(name, choices[draws.Below(name, choices.Length)]);
    }

    /// <summary>A number from a range, every part of which is as likely as the others.</summary>
    /// <param name="name">Of the value, in tables.</param>
    /// <param name="low">The least; finite.</param>
    /// <param name="high">The largest; finite and more than <paramref name="low"/>.</param>
    /// <returns>A number of at least <paramref name="low"/> and at most <paramref name="high"/>.</returns>
    /// <exception cref="ArgumentException">There is no such range, or the name has another meaning already.</exception>
    /// <exception cref="InvalidOperationException">The method is a grid, which cannot take every number.</exception>
    public float Uniform(string name, float low, float high)
    {
        RequireRange(name, low, high, low < high && float.IsFinite(high - low));
        CheckName(name, Text($"{low} to {high}"));
        return Keep(name, Math.Clamp(low + (high - low) * draws.Unit(name), low, high));
    }

    /// <summary>
    /// A number from a range, every factor in which is as likely as the others: for learning rates, penalties and epsilons.
    /// </summary>
    /// <param name="name">Of the value, in tables.</param>
    /// <param name="low">The least; positive.</param>
    /// <param name="high">The largest; finite and more than <paramref name="low"/>.</param>
    /// <returns>A number of at least <paramref name="low"/> and at most <paramref name="high"/>.</returns>
    /// <exception cref="ArgumentException">There is no such range, or the name has another meaning already.</exception>
    /// <exception cref="InvalidOperationException">The method is a grid, which cannot take every number.</exception>
    public float LogUniform(string name, float low, float high)
    {
        RequireRange(name, low, high, low > 0 && low < high && float.IsFinite(high));
        CheckName(name, Text($"{low} to {high}, by factors"));
        var power = Math.Log(low) + (Math.Log(high) - Math.Log(low)) * draws.Unit(name);
        return Keep(name, Math.Clamp((float)Math.Exp(power), low, high));
    }

    /// <summary>A whole number from a range, each as likely as the others.</summary>
    /// <param name="name">Of the value, in tables.</param>
    /// <param name="low">The least.</param>
    /// <param name="high">The largest; at least <paramref name="low"/>.</param>
    /// <returns>A number of at least <paramref name="low"/> and at most <paramref name="high"/>.</returns>
    /// <exception cref="ArgumentException">There is no such range, or the name has another meaning already.</exception>
    [SuppressMessage("Naming", "CA1720", Justification = "It says what is drawn, as Uniform does.")]
    public int Integer(string name, int low, int high)
    {
        RequireRange(name, low, high, low <= high && (long)high - low < int.MaxValue);
        CheckName(name, Text($"{low} to {high}, whole"));
        return Keep(name, low + draws.Below(name, high - low + 1));
    }

    /// <summary>A value as tables and files have it, the same in every culture; null as no text.</summary>
    internal static string TextOf(object? value)
    {
        // Records and tuples write their numbers as the culture of the thread has it, and take no other.
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            return Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static void RequireRange<T>(string name, T low, T high, bool isRange)
    {
        if (!isRange)
            throw new ArgumentException(Text($"'{name}' cannot be taken from {low} to {high}."), nameof(high));
    }

    private void CheckName(string name, string range)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (values.ContainsKey(name))
            throw new ArgumentException(
                $"'{name}' is asked for twice in one trial. Give every value a name of its own, and ask for it outside of functions such "
                + "as Network, which are called several times.",
                nameof(name));
        if (ranges.TryAdd(name, range) || ranges[name] == range)
            return;
        throw new ArgumentException(
            $"'{name}' is {range} in trial {Number} and was {ranges[name]} in another one. Give what differs another name.", nameof(name));
    }

    private T Keep<T>(string name, T value) where T : notnull
    {
        values.Add(name, value);
        return value;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
