using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MLNet.BatchNorm.Benchmarks.Measuring;

namespace MLNet.BatchNorm.DataViews;

/// <summary>How long a fresh process takes from its start to its first prediction with a saved model, and with what.</summary>
internal static class StartupMeasurements
{
    private const int Repeats = 15;

    public static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("startup").FullName;
        try
        {
            Print("a table of 30 features", Save(folder, "table", 30, new NeuralNetworkOptions
            {
                Network = NeuralNetworks.Tabular(),
                Epochs = 1,
                Seed = 1,
            }), features: 30);
            Print("pictures of 28 x 28", Save(folder, "pictures", 28 * 28, new NeuralNetworkOptions
            {
                ImageShape = Shape.Image(28, 28, 1),
                Network = NeuralNetworks.SmallCnn([16, 32], dense: 64),
                Epochs = 1,
                Seed = 1,
            }), features: 28 * 28);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Save(string folder, string name, int features, NeuralNetworkOptions options)
    {
        var data = Rows.Streamed(500, features);
        var zip = Path.Combine(folder, $"{name}.zip");
        Rows.ML.Model.Save(Rows.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(data), data.Schema, zip);
        return zip;
    }

    private static void Print(string what, string zip, int features)
    {
        var runs = Enumerable.Range(0, Repeats + 1).Select(_ => Start(zip, features)).Skip(1).ToArray();   // the first reads files
        Console.WriteLine($"\n| a network on {what} | ms | methods compiled | compiling, ms |\n|---|---|---|---|");
        foreach (var (step, name) in FirstPrediction.Steps.Index())
            PrintRow(name, measured => measured[step]);
        PrintRow("from start to first prediction", measured => Sum(measured[..^1]));

        void PrintRow(string name, Func<Figures[], Figures> figures)
        {
            Figures[] all = [.. runs.Select(figures)];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {all.Select(f => f.Milliseconds).Median():F1} | {all.Select(f => f.Methods).Median():F0} "
                + $"| {all.Select(f => f.Compiling).Median():F1} |"));
        }
    }

    private static Figures[] Start(string zip, int features)
    {
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(program, [
            .. self, $"{NumericsThreads.Max}", "first", zip, features.ToString(CultureInfo.InvariantCulture),
            Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return process.ExitCode == 0
            ? [.. lines.Select(Figures.Parse)]
            : throw new InvalidOperationException("The process that was to predict failed: " + string.Join('\n', lines));
    }

    private static Figures Sum(Figures[] steps) =>
        new(steps.Sum(f => f.Milliseconds), steps.Sum(f => f.Methods), steps.Sum(f => f.Compiling));

    private sealed record Figures(double Milliseconds, double Methods, double Compiling)
    {
        public static Figures Parse(string line)
        {
            var numbers = line.Split('\t').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            return new(numbers[0], numbers[1], numbers[2]);
        }
    }
}
