using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>Data without anything special, and the same with one thing changed.</summary>
internal static class Ordinary
{
    private static readonly float[][] Points = [.. Enumerable.Range(0, 30).Select(i => new[] { MathF.Sin(i), MathF.Cos(2 * i) + i % 3 })];

    /// <summary>Rows of two features.</summary>
    public static Anything[] Rows(int count = 30) =>
    [
        .. Points.Take(count).Select((point, i) => new Anything
        {
            Features = [.. point],
            Class = (uint)i % 3,
            YesNo = i % 2 == 0,
            Number = point[0] + i % 3,
            Text = $"{i % 3}",
        }),
    ];

    public static IDataView View(int count = 30) => ViewOf(Rows(count));

    public static IDataView ViewOf(params Anything[] rows) => Toy.ML.Data.LoadFromEnumerable(rows);

    /// <summary>The rows, each changed.</summary>
    public static IDataView With(Action<Anything, int> change)
    {
        var rows = Rows();
        foreach (var (i, row) in rows.Index())
            change(row, i);
        return ViewOf(rows);
    }

    /// <summary>The rows, of which the fourth has another value of its second feature.</summary>
    public static IDataView With(float value) => With((row, i) => row.Features[1] = i == 3 ? value : row.Features[1]);

    /// <summary>The rows with features of another type.</summary>
    public static IDataView Typed<T>(DataViewType type, Func<float[], T> features) =>
        Replaced("Features", type, row => features(row.Features));

    /// <summary>The rows with another column in place of one of theirs.</summary>
    public static IDataView Replaced<T>(string column, DataViewType type, Func<Anything, T> value)
    {
        var definition = SchemaDefinition.Create(typeof(Other<T>));
        definition.Remove(definition[column]);
        var replacement = definition[nameof(Other<T>.Value)];
        (replacement.ColumnName, replacement.ColumnType) = (column, type);
        return Toy.ML.Data.LoadFromEnumerable(Rows().Select(row => new Other<T>(row, value(row))).ToArray(), definition);
    }

    public static IDataView Without(string column) => Toy.ML.Transforms.DropColumns(column).Fit(View()).Transform(View());

    private sealed class Other<T> : Anything
    {
        public Other()
        {
        }

        public Other(Anything row, T value)
        {
            (Features, Class, YesNo, Number, Weight, Text) = (row.Features, row.Class, row.YesNo, row.Number, row.Weight, row.Text);
            Value = value;
        }

        public T Value { get; set; } = default!;
    }
}
