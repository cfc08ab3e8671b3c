using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Mapping;

/// <summary>The values of one column in a block of rows that a cursor has read ahead.</summary>
internal abstract class ColumnBlock
{
    /// <summary>About how many bytes of values a row takes; text counts as a reference.</summary>
    public abstract int BytesPerRow { get; }

    /// <summary>
    /// A block for a column of <paramref name="cursor"/>, or null where a value cannot be kept past its row: images and types of others.
    /// </summary>
    public static ColumnBlock? Of(DataViewRow cursor, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType vector => Make(typeof(VectorBlock<>), vector.ItemType, cursor, column),
        PrimitiveDataViewType primitive => Make(typeof(ScalarBlock<>), primitive, cursor, column),
        _ => null,
    };

    /// <summary>Makes room for <paramref name="rows"/> rows.</summary>
    public abstract void Reserve(int rows);

    /// <summary>Keeps the value of the row the cursor stands on. Each row is asked for once, in order.</summary>
    public abstract void Read(int row);

    /// <summary>A getter of the value in row <paramref name="current"/>.</summary>
    public abstract Delegate CreateGetter(Func<int> current);

    private static ColumnBlock Make(Type generic, PrimitiveDataViewType itemType, DataViewRow cursor, DataViewSchema.Column column) =>
        (ColumnBlock)Activator.CreateInstance(
            generic.MakeGenericType(itemType.RawType),
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.DoNotWrapExceptions,
            binder: null, [cursor, column], culture: null)!;
}

/// <summary>Scalars of one column.</summary>
internal sealed class ScalarBlock<T>(DataViewRow cursor, DataViewSchema.Column column) : ColumnBlock
{
    private readonly ValueGetter<T> getter = cursor.GetGetter<T>(column);
    private T[] values = [];

    public override int BytesPerRow => Unsafe.SizeOf<T>();

    public override void Reserve(int rows) => Array.Resize(ref values, rows);

    public override void Read(int row) => getter(ref values[row]);

    public override Delegate CreateGetter(Func<int> current) => (ValueGetter<T>)((ref T value) => value = values[current()]);
}

/// <summary>Vectors of one column, each in memory of its own that the next block uses again.</summary>
internal sealed class VectorBlock<T>(DataViewRow cursor, DataViewSchema.Column column) : ColumnBlock
{
    private readonly ValueGetter<VBuffer<T>> getter = cursor.GetGetter<VBuffer<T>>(column);
    private VBuffer<T>[] values = [];

    public override int BytesPerRow => ((VectorDataViewType)column.Type).Size * Unsafe.SizeOf<T>();

    /// <summary>The vector in row <paramref name="row"/>, whose memory belongs to this block.</summary>
    public ref readonly VBuffer<T> this[int row] => ref values[row];

    public override void Reserve(int rows) => Array.Resize(ref values, rows);

    public override void Read(int row) => getter(ref values[row]);

    public override Delegate CreateGetter(Func<int> current) =>
        (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => values[current()].CopyTo(ref value));
}
