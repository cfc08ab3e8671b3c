using System.Diagnostics;
using System.Runtime;
using Microsoft.ML;

namespace MLNet.BatchNorm.DataViews;

/// <summary>
/// What a fresh process does that loads a saved model and predicts one row: when each step was done, and what had been compiled by then.
/// </summary>
internal static class FirstPrediction
{
    public static readonly string[] Steps =
    [
        "the runtime, until `Main`", "`new MLContext`", "`Model.Load`", "`CreatePredictionEngine`", "first prediction", "second prediction",
    ];

    /// <summary>Prints a line for each of <see cref="Steps"/>: milliseconds, methods compiled, milliseconds of compiling them.</summary>
    /// <param name="zip">The saved model.</param>
    /// <param name="features">How many features its rows have.</param>
    /// <param name="started">When this process was started, as <see cref="Stopwatch.GetTimestamp"/> of the process that did.</param>
    public static void Run(string zip, int features, long started)
    {
        var clock = new Clock(started);
        var ml = new MLContext();
        clock.Next();
        var model = ml.Model.Load(zip, out _);
        clock.Next();
        using var engine = ml.Model.CreatePredictionEngine<Row, Prediction>(
            model, inputSchemaDefinition: Rows.SchemaOf(features));
        clock.Next();
        var row = new Row { Features = new float[features] };
        engine.Predict(row);
        clock.Next();
        engine.Predict(row);
        clock.Next();
        clock.Print();
    }

    private sealed class Prediction
    {
        public float Score { get; set; }
    }

    private sealed class Clock
    {
        private readonly List<(long Time, long Methods, TimeSpan Compiling)> marks = [];

        public Clock(long started)
        {
            marks.Add((started, 0, TimeSpan.Zero));
            Next();
        }

        public void Next() =>
            marks.Add((Stopwatch.GetTimestamp(), JitInfo.GetCompiledMethodCount(), JitInfo.GetCompilationTime()));

        public void Print()
        {
            foreach (var (before, after) in marks.Zip(marks.Skip(1)))
            {
                var time = Stopwatch.GetElapsedTime(before.Time, after.Time).TotalMilliseconds;
                var compiling = (after.Compiling - before.Compiling).TotalMilliseconds;
                Console.WriteLine($"{time:F2}\t{after.Methods - before.Methods}\t{compiling:F2}");
            }
        }
    }
}
