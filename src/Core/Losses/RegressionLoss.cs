using System.Globalization;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Losses;

namespace MLNet.BatchNorm;

/// <summary>
/// What the training of a regression makes small, and with it what its Score is: a mean, a median, another quantile. Immutable.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     LabelColumnName = "Price",
///     RegressionLoss = RegressionLoss.Quantile(0.9f),    // a price that 9 of 10 do not exceed
///     Epochs = 20,
/// });
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public sealed record RegressionLoss
{
    private readonly string name;

    private RegressionLoss(string name, NumberLoss loss) => (this.name, Loss) = (name, loss);

    /// <summary>(Score - label)^2: Score is the mean. Large errors count most, so a few outliers can decide.</summary>
    public static RegressionLoss Squared { get; } = new(nameof(Squared), new SquaredError());

    /// <summary>|Score - label|: Score is the median, which outliers hardly move.</summary>
    public static RegressionLoss Absolute { get; } = new(nameof(Absolute), new AbsoluteError());

    /// <summary>
    /// For counts, such as claims per year or rentals per hour: 2 * (label * log(label / Score) - label + Score), the unit deviance of the
    /// Poisson distribution (McCullagh and Nelder, 1989). Score is the mean, always positive. The network gives log(Score), so that
    /// features multiply instead of adding. Labels must be 0 or more, and need not be whole.
    /// </summary>
    public static RegressionLoss Poisson { get; } = new(nameof(Poisson), new PoissonDeviance());

    internal NumberLoss Loss { get; }

    /// <summary>
    /// error^2 / 2 for errors of at most <paramref name="delta"/>, beyond that delta * (|error| - delta / 2) (Huber, 1964): Score is close
    /// to the mean, without the pull of outliers.
    /// </summary>
    /// <param name="delta">
    /// From where on an error counts in proportion, in standard deviations of the label; positive; default 1.
    /// </param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delta"/> is not positive.</exception>
    public static RegressionLoss Huber(float delta = 1) =>
        new(Named(nameof(Huber), delta), new HuberLoss(Require.Positive(delta, nameof(delta))));

    /// <summary>
    /// tau * (label - Score) where the label is above Score, else (1 - tau) * (Score - label), the pinball loss (Koenker and Bassett,
    /// 1978): Score is the quantile tau, such as a stock that suffices in 9 of 10 weeks for 0.9.
    /// </summary>
    /// <param name="tau">The share of the labels that is to lie below Score; greater than 0 and less than 1.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tau"/> is out of range.</exception>
    public static RegressionLoss Quantile(float tau) =>
        new(Named(nameof(Quantile), tau), new QuantileLoss(Require.Between(0, 1, tau, nameof(tau))));

    /// <summary>
    /// For amounts that are often 0 and else positive, such as claim costs or sales per customer: the unit deviance of a Tweedie
    /// distribution with variance proportional to mean^power (Jorgensen, 1987). Score is the mean, always positive. The network gives
    /// log(Score), so that features multiply instead of adding. Labels must be 0 or more.
    /// </summary>
    /// <param name="power">
    /// Greater than 1 and less than 2; default 1.5. The larger, the more an error counts in proportion to what was expected.
    /// </param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="power"/> is out of range.</exception>
    public static RegressionLoss Tweedie(float power = 1.5f) =>
        new(Named(nameof(Tweedie), power), new TweedieDeviance(Require.Between(1, 2, power, nameof(power))));

    /// <summary>The name, as it is written here.</summary>
    /// <returns>As "Huber(1)".</returns>
    public override string ToString() => name;

    private static string Named(string loss, float value) => string.Create(CultureInfo.InvariantCulture, $"{loss}({value})");
}
