using Microsoft.ML;

namespace MLNet.BatchNorm.Tables;

/// <summary>
/// Cars made by a formula, with columns whose mean is many deviations away from zero. They show whether a model predicts the rows that it
/// was trained on as well as training reported, and other rows as well as those.
/// </summary>
internal static class CarTasks
{
    private const int TestRows = 10_000;
    private static readonly int[] Sizes = [200, 1000, 5000, 20_000];

    public static IEnumerable<TableTask> All { get; } =
    [
        .. Sizes.Select(rows => Task(
            "car-class", rows, nameof(Car.IsDear), TableTrainers.Multiclass, "accuracy",
            (ml, scored) => ml.MulticlassClassification.Evaluate(scored).MicroAccuracy)),
        .. Sizes.Select(rows => Task(
            "car-price", rows, nameof(Car.Price), TableTrainers.Regression, "R2",
            (ml, scored) => ml.Regression.Evaluate(scored).RSquared)),
    ];

    private static TableTask Task(
        string name, int rows, string label, IReadOnlyList<TableTrainer> trainers, string measure,
        Func<MLContext, IDataView, double> evaluate) => new(name, $"{rows} rows")
        {
            // Random takes a negative seed for its absolute value.
            Divide = (ml, _, run) => new(Cars(ml, rows, seed: 2 * run), Cars(ml, TestRows, seed: 2 * run + 1)),
            Features = ml => Label(ml, label).Append(ml.Transforms.Concatenate("Features", nameof(Car.Year), nameof(Car.Kilometres))),
            Trainers = [.. trainers.Where(trainer => trainer.Name is TableTrainers.Ours or "LightGbm")],
            Measures = [$"{measure} reported", $"{measure} of the same rows", $"{measure} of other rows"],
            Evaluate = (ml, model, division) =>
                [Reported(model), evaluate(ml, model.Transform(division.Training)), evaluate(ml, model.Transform(division.Test))],
        };

    private static IEstimator<ITransformer> Label(MLContext ml, string label) => label == nameof(Car.IsDear)
        ? ml.Transforms.Conversion.MapValueToKey("Label", label)
        : ml.Transforms.CopyColumns("Label", label);

    private static double Reported(ITransformer model) =>
        model is IEnumerable<ITransformer> chain && chain.Last() is NeuralNetworkPredictionTransformer network
            ? network.Model.History[^1].TrainingMetric
            : double.NaN;

    private static IDataView Cars(MLContext ml, int rows, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable<Car>([.. Enumerable.Range(0, rows).Select(_ => Car.Random(random))]);
    }

    private sealed class Car
    {
        private const int FirstYear = 2005, Years = 20, MostKilometres = 300_000;
        private const double MiddlePrice = 20_000;

        public float Year { get; private init; }

        public float Kilometres { get; private init; }

        public float Price { get; private init; }

        public bool IsDear { get; private init; }

        public static Car Random(Random random)
        {
            var years = random.Next(Years);
            var use = random.NextDouble();
            var worth = (double)years / (Years - 1) - use;
            return new()
            {
                Year = FirstYear + years,
                Kilometres = (float)(MostKilometres * use),
                Price = (float)(MiddlePrice * Math.Exp(worth)),
                IsDear = worth > 0,
            };
        }
    }
}
