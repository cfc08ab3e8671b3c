using Microsoft.ML;

namespace MLNet.BatchNorm.Tables;

/// <summary>
/// Cars made by a formula, with columns whose mean is many deviations away from zero. They show whether a model predicts the rows that it
/// was trained on as well as training reported, and other rows as well as those.
/// </summary>
internal static class CarTasks
{
    private const int TestRows = 10_000;
    private const int RowsOfBrands = 5_000;
    private static readonly int[] Sizes = [200, 1000, 5000, 20_000];
    private static readonly int[] Brands = [100, 300, 1_000, 5_000];

    public static IEnumerable<TableTask> All { get; } =
    [
        .. Sizes.Select(rows => Task(
            "car-class", rows, nameof(Car.IsDear), TableTrainers.Multiclass, "accuracy",
            (ml, scored) => ml.MulticlassClassification.Evaluate(scored).MicroAccuracy)),
        .. Sizes.Select(rows => Task(
            "car-price", rows, nameof(Car.Price), TableTrainers.Regression, "R2",
            (ml, scored) => ml.Regression.Evaluate(scored).RSquared)),
        .. Brands.Select(brands => new TableTask("car-brand", $"{brands} brands")
        {
            Divide = (ml, _, run) => new(Cars(ml, RowsOfBrands, seed: 2 * run, brands), Cars(ml, TestRows, seed: 2 * run + 1, brands)),
            Features = ml => Label(ml, nameof(Car.Price))
                .Append(ml.Transforms.Categorical.OneHotEncoding(nameof(Car.Brand)))
                .Append(ml.Transforms.Concatenate("Features", nameof(Car.Brand), nameof(Car.Year), nameof(Car.Kilometres))),
            Trainers = [.. TableTrainers.Regression.Where(trainer => trainer.Name is TableTrainers.Ours or "LightGbm")],
            Measures = ["R2"],
            Evaluate = (ml, model, division) => [ml.Regression.Evaluate(model.Transform(division.Test)).RSquared],
        }),
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

    private static IDataView Cars(MLContext ml, int rows, int seed, int brands = 1)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable<Car>([.. Enumerable.Range(0, rows).Select(_ => Car.Random(random, brands))]);
    }

    private sealed class Car
    {
        private const int FirstYear = 2005, Years = 20, MostKilometres = 300_000;
        private const double MiddlePrice = 20_000;
        private const int Grades = 5;   // a brand costs up to 80 % more than the cheapest

        public string Brand { get; private init; } = "";

        public float Year { get; private init; }

        public float Kilometres { get; private init; }

        public float Price { get; private init; }

        public bool IsDear { get; private init; }

        public static Car Random(Random random, int brands)
        {
            var years = random.Next(Years);
            var use = random.NextDouble();
            var brand = brands > 1 ? random.Next(brands) : 0;
            var worth = (double)years / (Years - 1) - use;
            return new()
            {
                Brand = $"brand {brand}",
                Year = FirstYear + years,
                Kilometres = (float)(MostKilometres * use),
                Price = (float)(MiddlePrice * Math.Exp(worth) * (1 + (brand % Grades / (double)Grades))),
                IsDear = worth > 0,
            };
        }
    }
}
