using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML;

namespace MLNet.BatchNorm.Tables;

/// <summary>One fit of a pipeline and the measures of its model.</summary>
/// <param name="Values">What <see cref="TableTask.Evaluate"/> gave.</param>
/// <param name="ProcessorSeconds">Of the fit, all threads together.</param>
/// <param name="Seconds">Of the fit, on the wall clock.</param>
/// <param name="PeakMegabytes">
/// The largest working set that the process had up to the end of the fit, of 1e6 bytes; it counts all that the process did before.
/// </param>
internal sealed record Run(double[] Values, double ProcessorSeconds, double Seconds, double PeakMegabytes)
{
    /// <summary>On the command line of a process for one run: its number.</summary>
    public const string Option = "--run";

    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static Run Measure(TableTask task, TableTrainer trainer, string folder, int number)
    {
        var ml = new MLContext(seed: number);
        var division = task.Divide(ml, folder, number).InMemory(ml);
        var estimator = task.Features(ml).Append(trainer.Make(ml));
        GC.Collect();

        var processorTime = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        var model = estimator.Fit(division.Training);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var processorSeconds = (Environment.CpuUsage.TotalTime - processorTime).TotalSeconds;
        using var process = Process.GetCurrentProcess();
        var peak = process.PeakWorkingSet64 / 1e6;
        return new Run(task.Evaluate(ml, model, division), processorSeconds, seconds, peak);
    }

    /// <summary>Fits once without counting it, on a few of the rows, so that the methods are compiled.</summary>
    public static void WarmUp(TableTask task, TableTrainer trainer, string folder)
    {
        var ml = new MLContext(seed: 0);
        var rows = ml.Data.TakeRows(task.Divide(ml, folder, 1).Training, count: 500);
        task.Features(ml).Append(trainer.Make(ml)).Fit(rows);
    }

    /// <summary>The same in a new process, whose peak of memory is that of this fit.</summary>
    public static Run MeasureInNewProcess(TableTask task, TableTrainer trainer, string folder, int number)
    {
        string[] arguments =
            [typeof(Run).Assembly.Location, folder, "--task", task.Name, "--trainer", trainer.Name, Option, $"{number}"];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Run>(output, Json)!
            : throw new InvalidOperationException($"{trainer.Name} on {task.Name}, run {number}, ended with {process.ExitCode}.");
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
