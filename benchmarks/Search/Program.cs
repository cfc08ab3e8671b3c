// Prints what a search for settings comes to, as the tables of docs/guide/search.md: successive halving beside a random search that trains
// every trial to the end, and the best of both beside the defaults, on rows that no search saw. The folder is that of benchmarks/Tables.
//
//   dotnet run -c Release --project benchmarks/Search -- samples/ImageClassification/Data/digits.zip <folder> [seeds [tasks]]
using System.Globalization;
using Microsoft.ML;
using MLNet.BatchNorm.Accuracy;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Search;
using MLNet.BatchNorm.Tables;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [var zip, var folder, .. var rest])
{
    Console.Error.WriteLine("usage: Search <digits.zip> <folder of tables> [seeds [tasks]]");
    return 2;
}

var seeds = rest is [var number, ..] ? int.Parse(number, CultureInfo.InvariantCulture) : 5;
Console.WriteLine($"{Machine.Description}, ML.NET {Machine.VersionOf(typeof(MLContext))}, {seeds} seeds");
var ml = new MLContext(seed: 1);
Comparison[] comparisons =
[
    new("digits", "accuracy", Spaces.Digits, new())
    {
        Divide = _ => (
            ml.Data.Cache(ml.Data.LoadFromEnumerable(DigitRow.Read(zip, "train"))),
            ml.Data.LoadFromEnumerable(DigitRow.Read(zip, "test"))),
        Trainer = options => ml.MulticlassClassification.Trainers.NeuralNetwork(options),
        Search = ml.MulticlassClassification.Trainers.NeuralNetworkSearch,
        Evaluate = scored => ml.MulticlassClassification.Evaluate(scored).MicroAccuracy,
    },
    new("heart", "AUC", Spaces.Heart, new() { Folds = 5, Metric = "AreaUnderRocCurve" })
    {
        Divide = seed =>
        {
            var split = ml.Data.TrainTestSplit(TableFiles.Heart(ml, folder), testFraction: 0.3, seed: seed);
            return (ml.Data.Cache(split.TrainSet), split.TestSet);
        },
        Trainer = options => ml.BinaryClassification.Trainers.NeuralNetwork(options),
        Search = ml.BinaryClassification.Trainers.NeuralNetworkSearch,
        Evaluate = scored => ml.BinaryClassification.Evaluate(scored).AreaUnderRocCurve,
    },
    new("bike", "R2", Spaces.Bike, new())
    {
        Divide = _ => (ml.Data.Cache(TableFiles.Bike(ml, folder, "hour_train.csv")), TableFiles.Bike(ml, folder, "hour_test.csv")),
        Trainer = options => ml.Regression.Trainers.NeuralNetwork(options),
        Search = ml.Regression.Trainers.NeuralNetworkSearch,
        Evaluate = scored => ml.Regression.Evaluate(scored).RSquared,
    },
];
foreach (var comparison in comparisons.Where(comparison => rest.Length < 2 || rest.Skip(1).Contains(comparison.Name)))
    comparison.Print(seeds);
return 0;
