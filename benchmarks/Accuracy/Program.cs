// Prints how the trainers do beside ML.NET's linear trainers and the best possible, and the cancellation table of docs/guide/training.md.
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
