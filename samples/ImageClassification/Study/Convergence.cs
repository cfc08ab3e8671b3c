using System.Globalization;
using ImageClassification.Charts;
using MLNet.BatchNorm;

namespace ImageClassification.Study;

/// <summary>
/// How fast the network of Ioffe and Szegedy (2015, arXiv:1502.03167, figure 1), three layers of 100 sigmoids, learns with plain SGD and
/// batches of 60: over learning rates and first weights, with batch normalization and without.
/// </summary>
internal static class Convergence
{
    private const int Epochs = 50, BatchSize = 60;

    private static readonly float[] Stds = [0.1f, 0.01f];
    private static readonly float[] Rates = [0.1f, 1, 5];
    private static readonly int[] EpochsShown = [1, 2, 5, 10, 20, 50];

    public static Section Run(Digits digits)
    {
        Candidate[] candidates =
        [
            .. from std in Stds
               from rate in Rates
               from isNormalized in new[] { true, false }
               select new Candidate(std, rate, isNormalized),
        ];
        var runs = Seeds.Run(candidates, (candidate, seed) => Train(digits, candidate, seed));
        var accuracies = candidates.Zip(runs, (candidate, ofSeeds) => (candidate, Spreads: OverSeeds(ofSeeds))).ToArray();
        return new Section(
            "Faster convergence, larger learning rates, any first weights",
            "A network 64-100-100-100-10 of sigmoids, the one of Ioffe and Szegedy's figure 1, learns the digits with plain SGD and "
            + $"batches of {BatchSize}: with batch normalization in front of each sigmoid and without, over learning rates and the "
            + "deviation of the normal distribution that the first weights are drawn from. Test accuracy in percent after some epochs.",
            new Table(
                ["first weights", "learning rate", "batch norm", .. EpochsShown.Select(epoch => epoch == 1 ? "1 epoch" : $"{epoch}")],
                [.. accuracies.Select(a => Row(a.candidate, a.Spreads))]),
            [.. Stds.Select(std => Picture(std, accuracies.Where(a => a.candidate.Std == std)))]);
    }

    public static NeuralNetworkOptions Options(Candidate candidate, int seed) => new()
    {
        Network = candidate.IsNormalized ? Normalized : Plain,
        Initializer = Initializer.Normal(candidate.Std),
        Optimizer = new Sgd { LearningRate = candidate.LearningRate },
        Schedule = new ConstantSchedule(),
        NormalizeFeatures = false,
        PreciseStatisticsRows = null,
        BatchSize = BatchSize,
        Epochs = Epochs,
        Seed = seed,
    };

    /// <summary>Test accuracy by epoch.</summary>
    private static double[] Train(Digits digits, Candidate candidate, int seed) =>
        [.. digits.Train(Options(candidate, seed)).History.Select(epoch => epoch.ValidationMetric!.Value)];

    private static Spread[] OverSeeds(double[][] runs) =>
        [.. Enumerable.Range(0, Epochs).Select(epoch => Spread.Of([.. runs.Select(run => run[epoch])]))];

    private static string[] Row(Candidate candidate, Spread[] byEpoch) =>
    [
        $"{candidate.Std}", $"{candidate.LearningRate}", candidate.IsNormalized ? "yes" : "no",
        .. EpochsShown.Select(epoch => byEpoch[epoch - 1].InPercent()),
    ];

    private static Picture Picture(float std, IEnumerable<(Candidate Candidate, Spread[] Spreads)> accuracies) => new(
        string.Create(CultureInfo.InvariantCulture, $"convergence-std-{std}"),
        new LineChart(
            $"Test accuracy, first weights of deviation {std}",
            new Axis("epoch", [0, 10, 20, 30, 40, 50]),
            new Axis("percent", [0, 20, 40, 60, 80, 100]),
            [.. accuracies.Select(a => new Series(
                $"rate {a.Candidate.LearningRate}{(a.Candidate.IsNormalized ? "" : ", no batch norm")}",
                Array.IndexOf(Rates, a.Candidate.LearningRate),
                [.. a.Spreads.Select((spread, i) => new Point(i + 1, 100 * spread.Mean))]) { IsDashed = !a.Candidate.IsNormalized })]));

    private static NetworkDefinition Normalized(NetworkDefinition net) =>
        net.Dense(100).BatchNorm().Sigmoid().Dense(100).BatchNorm().Sigmoid().Dense(100).BatchNorm().Sigmoid();

    private static NetworkDefinition Plain(NetworkDefinition net) => net.Dense(100).Sigmoid().Dense(100).Sigmoid().Dense(100).Sigmoid();

    /// <param name="Std">Deviation of the first weights.</param>
    /// <param name="LearningRate">Of plain SGD.</param>
    /// <param name="IsNormalized">With batch normalization in front of every sigmoid.</param>
    internal sealed record Candidate(float Std, float LearningRate, bool IsNormalized);
}
