using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.DataViews;

/// <summary>A labelled row of features.</summary>
internal sealed class Row
{
    public bool Label { get; set; }

    public float[] Features { get; set; } = [];
}

/// <summary>Synthetic rows as data views, and what measuring them needs.</summary>
internal static class Rows
{
    public static readonly MLContext ML = new(seed: 1);

    /// <summary>Rows that are made when they are read and take no memory.</summary>
    public static IDataView Streamed(int rows, int columns) => ML.Data.LoadFromEnumerable(Made(rows, columns), SchemaOf(columns));

    public static SchemaDefinition SchemaOf(int columns)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, columns);
        return schema;
    }

    /// <summary>Rows in ML.NET's own cache, read once.</summary>
    public static IDataView Cached(int rows, int columns)
    {
        var view = ML.Data.Cache(Streamed(rows, columns));
        ReadVectors(view, nameof(Row.Features));
        foreach (var _ in view.GetColumn<bool>(nameof(Row.Label)))
        {
        }

        return view;
    }

    /// <summary>The same rows side by side, with their labels as 0 or 1.</summary>
    public static (float[] Features, float[] Labels) Arrays(int rows, int columns)
    {
        var (features, labels) = (new float[rows * columns], new float[rows]);
        foreach (var (i, row) in Made(rows, columns).Index())
        {
            row.Features.CopyTo(features, i * columns);
            labels[i] = row.Label ? 1 : 0;
        }

        return (features, labels);
    }

    /// <summary>Reads a vector column of all rows.</summary>
    public static void ReadVectors(IDataView view, string column)
    {
        var source = view.Schema[column];
        using var cursor = view.GetRowCursor([source]);
        var getter = cursor.GetGetter<VBuffer<float>>(source);
        var buffer = default(VBuffer<float>);
        while (cursor.MoveNext())
            getter(ref buffer);
    }

    /// <summary>The median time of some runs after one that warms up, in seconds.</summary>
    public static double Seconds(Action run, int repeats = 5)
    {
        run();
        var times = new double[repeats];
        foreach (ref var time in times.AsSpan())
        {
            var start = Stopwatch.GetTimestamp();
            run();
            time = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(times);
        return times[repeats / 2];
    }

    /// <summary>The head of the table of which <see cref="Compare"/> and <see cref="Print"/> print the rows.</summary>
    public static void Head() => Console.WriteLine("\n| work | ours | beside | ratio |\n|---|---|---|---|");

    public static void Print(string what, double own) => Console.WriteLine($"| {what} | {Text(own)} | | |");

    public static void Compare(string what, double own, string otherName, double other) =>
        Console.WriteLine($"| {what} | {Text(own)} | {otherName}: {Text(other)} | {other / own:F2} |");

    private static string Text(double seconds) => seconds < 1e-3 ? $"{seconds * 1e6:F1} us" : $"{seconds * 1e3:N0} ms";

    // The same objects again and again: making them is not what is measured.
    private static IEnumerable<Row> Made(int rows, int columns)
    {
        var random = new Random(1);
        var pool = Enumerable.Range(0, Math.Min(rows, 1024)).Select(_ => new Row { Features = new float[columns] }).ToArray();
        foreach (var row in pool)
        {
            row.Label = random.Next(2) == 1;
            foreach (ref var value in row.Features.AsSpan())
                value = random.NextSingle() + (row.Label ? 0.1f : 0);
        }

        for (var i = 0; i < rows; i++)
            yield return pool[i % pool.Length];
    }
}
