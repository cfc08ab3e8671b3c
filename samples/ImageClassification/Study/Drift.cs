using ImageClassification.Charts;
using MLNet.BatchNorm;

namespace ImageClassification.Study;

/// <summary>
/// How the distribution of the values in front of a sigmoid moves while the network of <see cref="Convergence"/> learns (Ioffe and Szegedy,
/// 2015, figure 1 b and c): the 15th, 50th and 85th percentile, over the digits of an epoch, of each unit of the last hidden layer.
/// </summary>
internal static class Drift
{
    private const string Sigmoid = "sigmoid3";
    private const int UnitShown = 50;

    private static readonly double[] Shares = [0.15, 0.5, 0.85];

    // One learning rate at which both networks learn.
    private static readonly Convergence.Candidate[] Candidates = [new(0.1f, 1, IsNormalized: true), new(0.1f, 1, IsNormalized: false)];

    public static Section Run(Digits digits)
    {
        var runs = Seeds.Run(Candidates, (candidate, seed) => Train(digits, candidate, seed));
        return new Section(
            "Distributions that stay where they are",
            "The same network with learning rate 1 and first weights of deviation 0.1. How the values in front of the sigmoids of the "
            + "last hidden layer move while it learns: the range of the median over all epochs, its largest step from one epoch to the "
            + "next, and the distance of the 15th and the 85th percentile, as means over the layer's 100 units. The picture shows one "
            + "unit, in the middle of the layer, of the first seed.",
            new Table(
                ["batch norm", "median: range", "largest step", "15-85 width: epoch 2", "epoch 10", "epoch 50"],
                [.. Candidates.Zip(runs, Row)]),
            [new Picture("drift", Chart(runs))]);
    }

    private static string[] Row(Convergence.Candidate candidate, Percentiles[][][] runs)
    {
        return
        [
            candidate.IsNormalized ? "yes" : "no",
            Over(unit => unit.Max(p => p.Median) - unit.Min(p => p.Median)),
            Over(unit => unit.Zip(unit.Skip(1), (before, after) => Math.Abs(after.Median - before.Median)).Max()),
            .. new[] { 2, 10, 50 }.Select(epoch => Over(unit => unit[epoch - 1].High - unit[epoch - 1].Low)),
        ];

        string Over(Func<Percentiles[], double> figure) => Spread.Of([.. runs.Select(run => ByUnit(run).Average(figure))]).ToString();
    }

    private static LineChart Chart(Percentiles[][][][] runs)
    {
        var lines = Candidates.SelectMany((candidate, i) =>
        {
            var unit = ByUnit(runs[i][0]).ElementAt(UnitShown);
            var name = candidate.IsNormalized ? "with batch norm" : "without";
            (string Name, Func<Percentiles, double> Of)[] percentiles =
                [($"{name}: median", p => p.Median), ($"{name}: 15th percentile", p => p.Low), ($"{name}: 85th percentile", p => p.High)];
            return percentiles.Select((percentile, line) =>
                new Series(percentile.Name, i, [.. unit.Select((p, epoch) => new Point(epoch + 1, percentile.Of(p)))])
                {
                    IsDashed = line > 0,
                });
        }).ToArray();
        var values = lines.SelectMany(line => line.Points).Select(point => point.Y).ToArray();
        var (first, last) = ((int)Math.Floor(values.Min()), (int)Math.Ceiling(values.Max()));
        return new LineChart(
            "Percentiles of the input of a sigmoid",
            new Axis("epoch", [0, 10, 20, 30, 40, 50]),
            new Axis("value", [.. Enumerable.Range(first, last - first + 1)]),
            lines);
    }

    private static IEnumerable<Percentiles[]> ByUnit(Percentiles[][] epochs) =>
        Enumerable.Range(0, epochs[0].Length).Select(unit => epochs.Select(units => units[unit]).ToArray());

    /// <summary>The percentiles as [epoch][unit].</summary>
    private static Percentiles[][] Train(Digits digits, Convergence.Candidate candidate, int seed)
    {
        var epochs = new List<Percentiles[]>();
        var values = new List<float>();
        digits.Train(Convergence.Options(candidate, seed) with
        {
            BatchProgressEvery = 1,
            BatchProgress = batch =>
            {
                var input = InputOf(batch.Layers);
                values.AddRange(input.Output);
                if (batch.Step < batch.Steps)
                    return;
                epochs.Add(PercentilesOf(values, input.OutputShape.Size));
                values.Clear();
            },
        });
        return [.. epochs];
    }

    private static LayerActivity InputOf(IReadOnlyList<LayerActivity> layers)
    {
        var at = 0;
        while (layers[at + 1].Name != Sigmoid)
            at++;
        return layers[at];
    }

    private static Percentiles[] PercentilesOf(List<float> values, int units) => [.. Enumerable.Range(0, units).Select(unit =>
    {
        var ofUnit = Enumerable.Range(0, values.Count / units).Select(row => values[row * units + unit]).Order().ToArray();
        var at = Shares.Select(share => (double)ofUnit[(int)(share * (ofUnit.Length - 1))]).ToArray();
        return new Percentiles(at[0], at[1], at[2]);
    })];
}

/// <summary>Where a distribution has 15, 50 and 85 percent of its values below it.</summary>
internal readonly record struct Percentiles(double Low, double Median, double High);
