// Stands for the getter helpers that Microsoft.ML.Data spreads over several internal classes. Left out: nothing that we need.

namespace MLNet.Offline;

internal static class Getters
{
    /// <summary>The getter in its asked type; an error, the same for all rows, when the column is of another.</summary>
    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column) => getter as ValueGetter<TValue>
        ?? throw new InvalidOperationException(
            $"Column '{column.Name}' is of type {column.Type}: its getter takes {column.Type.RawType}, not {typeof(TValue)}.");

    /// <summary>A getter of the column's raw type, whatever that is.</summary>
    public static Delegate Make(DataViewRow row, DataViewSchema.Column column) =>
        (Delegate)typeof(DataViewRow).GetMethod(nameof(DataViewRow.GetGetter)).MakeGenericMethod(column.Type.RawType).Invoke(row, [column]);

    /// <summary>Calls the private static method <paramref name="method"/> with type arguments known only now.</summary>
    public static object CallGeneric(Type owner, string method, Type[] types, params object[] arguments) =>
        owner.GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static).MakeGenericMethod(types).Invoke(null, arguments);

    /// <summary>A getter that always stores these values, as a dense vector.</summary>
    public static ValueGetter<VBuffer<T>> OfArray<T>(T[] values) =>
        (ref VBuffer<T> target) => VBuffer<T>.Copy(values, 0, ref target, values.Length);

    /// <summary>A getter of the column as a vector; a scalar is one of length 1.</summary>
    public static ValueGetter<VBuffer<T>> AsVector<T>(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
            return row.GetGetter<VBuffer<T>>(column);
        var getter = row.GetGetter<T>(column);
        return (ref VBuffer<T> target) =>
        {
            var editor = VBufferEditor.Create(ref target, 1);
            getter(ref editor.Values[0]);
            target = editor.Commit();
        };
    }

    /// <summary>A getter of a scalar number, boolean or key as a double.</summary>
    public static ValueGetter<double> AsNumber(DataViewRow row, DataViewSchema.Column column) =>
        (ValueGetter<double>)CallGeneric(typeof(Getters), nameof(Widen), [column.Type.RawType], row, column);

    private static Delegate Widen<T>(DataViewRow row, DataViewSchema.Column column) where T : IConvertible =>
        MapItems<T, double>(row, column, value => value.ToDouble(CultureInfo.InvariantCulture));

    /// <summary>A getter of the column with each item mapped, scalar or (dense) vector as the column is.</summary>
    public static Delegate MapItems<TSource, TTarget>(DataViewRow row, DataViewSchema.Column column, Func<TSource, TTarget> map)
    {
        var getter = AsVector<TSource>(row, column);
        VBuffer<TSource> source = default;
        if (column.Type is not VectorDataViewType)
        {
            return (ValueGetter<TTarget>)((ref TTarget target) =>
            {
                getter(ref source);
                target = map(source.GetValues()[0]);
            });
        }

        return (ValueGetter<VBuffer<TTarget>>)((ref VBuffer<TTarget> target) =>
        {
            getter(ref source);
            var editor = VBufferEditor.Create(ref target, source.Length);
            for (var slot = 0; slot < source.Length; slot++)
                editor.Values[slot] = map(source.GetItemOrDefault(slot));
            target = editor.Commit();
        });
    }
}
