using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Tests;

/// <summary>
/// Rows as text, one line each. Numbers round-trip, so equal text means equal bits (NaNs are all one), and a failing test shows what
/// differs.
/// </summary>
internal static class RowText
{
    public static string[] Of(IDataView view) => Of(view, [.. Visible(view.Schema)]);

    public static string[] Of(IDataView view, params DataViewSchema.Column[] columns)
    {
        using var cursor = view.GetRowCursor(columns);
        return Of(cursor, cursor, columns);
    }

    /// <summary>
    /// What <paramref name="row"/> says while <paramref name="cursor"/>, which it is computed from, goes through its rows.
    /// </summary>
    public static string[] Of(DataViewRowCursor cursor, DataViewRow row, IEnumerable<DataViewSchema.Column> columns)
    {
        var read = Reader(row, columns);
        var lines = new List<string>();
        while (cursor.MoveNext())
            lines.Add(read());
        return [.. lines];
    }

    public static Func<string> Reader(DataViewRow row, IEnumerable<DataViewSchema.Column> columns, bool reusesBuffers = false)
    {
        var keep = Keeper(row, columns, reusesBuffers);
        return () => keep()();
    }

    /// <summary>Reads a row at once and tells it later: what a consumer has who keeps the values while the cursor moves on.</summary>
    public static Func<Func<string>> Keeper(DataViewRow row, IEnumerable<DataViewSchema.Column> columns, bool reusesBuffers = false)
    {
        var cells = columns.Select(column => CellReader(row, column, reusesBuffers)).ToArray();
        return () =>
        {
            var kept = cells.Select(cell => cell()).ToArray();
            return () => string.Join("; ", kept.Select(text => text()));
        };
    }

    /// <summary>Name, type and annotations of every visible column.</summary>
    public static string[] Of(DataViewSchema schema) =>
        [.. Visible(schema).Select(column => $"{column.Name}: {column.Type} {{{string.Join(", ", Annotations(column.Annotations))}}}")];

    public static IEnumerable<DataViewSchema.Column> Visible(DataViewSchema schema) => schema.Where(column => !column.IsHidden);

    private static IEnumerable<string> Annotations(DataViewSchema.Annotations annotations) =>
        annotations.Schema.OrderBy(kind => kind.Name, StringComparer.Ordinal)
            .Select(kind => $"{kind.Name}: {kind.Type} = {Annotation(annotations, kind)}");

    private static string Annotation(DataViewSchema.Annotations annotations, DataViewSchema.Column kind) =>
        Typed(nameof(AnnotationText), kind.Type).Invoke(null, [annotations, kind])!.ToString()!;

    private static Func<Func<string>> CellReader(DataViewRow row, DataViewSchema.Column column, bool reusesBuffers)
    {
        try
        {
            return (Func<Func<string>>)Typed(nameof(Cell), column.Type).Invoke(null, [row, column, reusesBuffers])!;
        }
        catch (TargetInvocationException refused) when (refused.InnerException is { } reason)
        {
            throw reason;
        }
    }

    private static Func<Func<string>> Cell<T>(DataViewRow row, DataViewSchema.Column column, bool reusesBuffers)
    {
        var getter = row.GetGetter<T>(column);
        T last = default!;
        return () =>
        {
            var value = reusesBuffers ? last : default!;
            getter(ref value);
            last = value;
            return () => Text(value!);
        };
    }

    private static string AnnotationText<T>(DataViewSchema.Annotations annotations, DataViewSchema.Column kind)
    {
        T value = default!;
        annotations.GetValue(kind.Name, ref value);
        return Text(value!);
    }

    private static MethodInfo Typed(string method, DataViewType type) =>
        typeof(RowText).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type.RawType);

    private static string Text(object value) => value switch
    {
        DateTime or DateTimeOffset => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(VBuffer<>) => Vector(value),
        _ => value.ToString()!,
    };

    private static string Vector(object vector)
    {
        var values = (System.Collections.IEnumerable)vector.GetType().GetMethod(nameof(VBuffer<int>.DenseValues))!.Invoke(vector, null)!;
        return $"[{string.Join(", ", values.Cast<object>().Select(Text))}]";
    }
}
