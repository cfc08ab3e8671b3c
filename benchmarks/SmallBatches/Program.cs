// Measures docs/guide/small-batches.md: which normalization stands small batches. Prints the table and writes the picture.
//
//   dotnet run -c Release --project benchmarks/SmallBatches -- samples/ImageClassification/Data/digits.zip docs/guide/small-batches.svg
using System.Globalization;
using MLNet.BatchNorm.SmallBatches;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [var zip, var picture])
{
    Console.Error.WriteLine("Usage: SmallBatches <digits.zip> <picture.svg>");
    return 1;
}

var study = new Study(Digits.Read(zip, "train"), Digits.Read(zip, "test"));
var lines = new List<ChartLine>();
Console.WriteLine($"| batch size | {string.Join(" | ", Study.BatchSizes)} |");
Console.WriteLine($"|---|{string.Concat(Study.BatchSizes.Select(_ => "---|"))}");
foreach (var candidate in Study.Candidates)
{
    var accuracies = Study.BatchSizes.Select(size => study.Measure(candidate, size)).ToArray();
    var cells = accuracies.Select(accuracy => $"{100 * accuracy.Mean:F1} ± {100 * accuracy.Deviation:F1}");
    Console.WriteLine($"| {candidate.Name} | {string.Join(" | ", cells)} |");
    lines.Add(new ChartLine(candidate.Name, accuracies));
}

File.WriteAllText(picture, Chart.Of(Study.BatchSizes, lines));
return 0;
