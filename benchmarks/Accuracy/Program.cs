// Prints the tables of docs/guide/comparison.md: the trainers beside PyTorch's figures, the best possible, and ML.NET's own trainers.
//
//   dotnet run -c Release --project benchmarks/Accuracy -- samples/ImageClassification/Data/digits.zip
using System.Globalization;
using MLNet.BatchNorm.Accuracy;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [var zip])
{
    Console.Error.WriteLine("usage: Accuracy <digits.zip>");
    return 2;
}

DigitsTables.Print(DigitRow.Read(zip, "train"), DigitRow.Read(zip, "test"));
FormulaTables.PrintBinary();
FormulaTables.PrintRegression();
CancellationTable.Print();
return 0;
