// Measures what lies between a data view and the kernels, beside what ML.NET offers for the same. Needs the ML.NET packages.
//
//   dotnet run -c Release --project benchmarks/DataViews -- [threads] [statistics|computed|network|memory|startup]
//   dotnet run -c Release --project benchmarks/DataViews -- [threads] long [share of the full size, default 1]
using System.Globalization;
using MLNet.BatchNorm;
using MLNet.BatchNorm.DataViews;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
// A process that `startup` has started.
if (args is [var threads, "first", var zip, var features, var started])
{
    NumericsThreads.Max = int.Parse(threads, CultureInfo.InvariantCulture);
    FirstPrediction.Run(zip, int.Parse(features, CultureInfo.InvariantCulture), long.Parse(started, CultureInfo.InvariantCulture));
    return;
}

NumericsThreads.Max = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
Console.WriteLine($"{NumericsThreads.Max} thread(s), .NET {Environment.Version}");
var part = args.ElementAtOrDefault(1);
if (part is null or "statistics" or "computed" or "network")
    Rows.Head();
if (part is null or "statistics")
    StatisticsMeasurements.Run();
if (part is null or "computed")
    ComputedColumnMeasurements.Run();
if (part is null or "network")
    NetworkMeasurements.Run();
if (part is null or "memory")
    MemoryMeasurements.Run();
if (part is "startup")
    StartupMeasurements.Run();
if (part is "long")
    LongMeasurements.Run(share: args.Length > 2 ? double.Parse(args[2], CultureInfo.InvariantCulture) : 1);
