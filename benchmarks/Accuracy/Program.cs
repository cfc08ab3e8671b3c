// Prints tables of accuracy and latency that the pages show. Each part is one of:
//
//   digits <digits.zip>   beside ML.NET's linear trainers
//   formulas              the same on formulas, beside the best possible
//   cancellation          docs/guide/training.md
//   learned-affine        docs/guide/learned-affine.md
//
//   dotnet run -c Release --project benchmarks/Accuracy -- digits samples/ImageClassification/Data/digits.zip
using System.Globalization;
using MLNet.BatchNorm.Accuracy;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["digits", var zip]:
        DigitsTables.Print(DigitRow.Read(zip, "train"), DigitRow.Read(zip, "test"));
        return 0;
    case ["formulas"]:
        FormulaTables.PrintBinary();
        FormulaTables.PrintRegression();
        return 0;
    case ["cancellation"]:
        CancellationTable.Print();
        return 0;
    case ["learned-affine"]:
        LearnedAffineTable.Print();
        return 0;
    default:
        Console.Error.WriteLine("usage: Accuracy digits <digits.zip> | formulas | cancellation | learned-affine");
        return 2;
}
