using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Accuracy;

/// <summary>
/// What gamma learned from the label gains a nearest neighbour, which cannot learn how much a channel matters: 30 normal channels on
/// different scales, of which the first 3 differ between the two classes.
/// </summary>
internal static class LearnedAffineTable
{
    private const int Channels = 30, Informative = 3, TrainingRows = 500, TestRows = 1_000, Seeds = 5;

    /// <summary>Distance of the means of the two classes, in deviations of the channel.</summary>
    private const double Distance = 1.5;

    public static void Print()
    {
        Console.WriteLine("| features | accuracy | mean gamma of the 3 | mean gamma of the 27 |");
        Console.WriteLine("|---|---|---|---|");
        Print("raw", _ => null);
        Print("batch normalization", seed => Estimator(seed, null));
        foreach (var (penalty, name) in new[] { (0.001f, "0.001` (default)"), (0.01f, "0.01`"), (0.05f, "0.05`") })
            Print($"learned, `Penalty = {name}", seed => Estimator(seed, new LearnedAffine { Epochs = 100, Penalty = penalty }));
    }

    private static BatchNormalizationEstimator Estimator(int seed, LearnedAffine? affine) =>
        new MLContext(seed).Transforms.BatchNormalization(new BatchNormalizationOptions
        {
            Columns = [new InputOutputColumnPair(nameof(Row.Features))],
            LabelColumnName = affine is null ? null : nameof(Row.Label),
            LearnedAffine = affine,
        });

    private static void Print(string name, Func<int, BatchNormalizationEstimator?> estimator)
    {
        var runs = Enumerable.Range(1, Seeds).Select(seed => Run(estimator(seed), seed)).ToArray();
        var mean = runs.Average(run => run.Accuracy);
        var deviation = Math.Sqrt(runs.Sum(run => (run.Accuracy - mean) * (run.Accuracy - mean)) / (Seeds - 1));
        var gammas = runs.All(run => run.Gamma is not null)
            ? $"{runs.Average(run => run.Gamma!.Take(Informative).Average()):F2} "
                + $"| {runs.Average(run => run.Gamma!.Skip(Informative).Average()):F2}"
            : "|";
        Console.WriteLine($"| {name} | {mean:F3} ± {deviation:F3} | {gammas} |");
    }

    private static (double Accuracy, float[]? Gamma) Run(BatchNormalizationEstimator? estimator, int seed)
    {
        var ml = new MLContext(seed);
        var rows = Row.Draw(TrainingRows + TestRows, seed);
        var all = ml.Data.LoadFromEnumerable(rows);
        var transformer = estimator?.Fit(ml.Data.LoadFromEnumerable(rows[..TrainingRows]));
        float[][] features = [.. (transformer?.Transform(all) ?? all).GetColumn<float[]>(nameof(Row.Features))];
        var hits = Enumerable.Range(TrainingRows, TestRows).Count(test => rows[test].Label == rows[Nearest(features, test)].Label);
        return ((double)hits / TestRows, transformer?.Columns[0].Gamma.ToArray());
    }

    private static int Nearest(float[][] features, int test) =>
        Enumerable.Range(0, TrainingRows).MinBy(row => TensorPrimitives.Distance(features[row], features[test]));

    private sealed class Row
    {
        public bool Label { get; set; }

        [VectorType(Channels)]
        public float[] Features { get; set; } = [];

        /// <summary>Scales are drawn evenly from 0.1 to 10 on a logarithmic axis, the same for all rows of a seed.</summary>
        public static Row[] Draw(int rows, int seed)
        {
            var random = new Random(seed);
            double[] scales = [.. Enumerable.Range(0, Channels).Select(_ => Math.Pow(10, 2 * random.NextDouble() - 1))];
            return [.. Enumerable.Range(0, rows).Select(_ => Draw(scales, random))];
        }

        private static Row Draw(double[] scales, Random random)
        {
            var label = random.Next(2) == 1;
            return new Row
            {
                Label = label,
                Features = [.. scales.Select((scale, channel) =>
                    (float)(scale * (Normal(random) + (label && channel < Informative ? Distance : 0))))],
            };
        }

        private static double Normal(Random random) =>
            Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
