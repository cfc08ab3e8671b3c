// Stands for the data view interfaces of Microsoft.ML.DataView: views, rows, cursors, getters. Left out: nothing that is public.

namespace Microsoft.ML;

/// <summary>Stores the value of a column at the current row, reusing what <paramref name="value"/> holds where it can.</summary>
public delegate void ValueGetter<TValue>(ref TValue value);

/// <summary>Rows with a schema. A view can be read any number of times; nothing is computed before a cursor asks for it.</summary>
public interface IDataView
{
    bool CanShuffle { get; }
    DataViewSchema Schema { get; }

    /// <summary>The number of rows where it is known without reading them, else null.</summary>
    long? GetRowCount();

    /// <summary>A cursor before the first row, on which only <paramref name="columnsNeeded"/> can be read.</summary>
    DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null);

    /// <summary>Up to <paramref name="n"/> cursors which together see every row once.</summary>
    DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null);
}

/// <summary>One row, whose getters see the values that the row has when they are called.</summary>
public abstract class DataViewRow : IDisposable
{
    public abstract DataViewSchema Schema { get; }

    /// <summary>The index of the row among those that the cursor returns; -1 before the first.</summary>
    public abstract long Position { get; }

    /// <summary>The batch that the row belongs to when several cursors share the rows.</summary>
    public abstract long Batch { get; }

    /// <summary>A getter of the column; an error when it is not active or <typeparamref name="TValue"/> is not its raw type.</summary>
    public abstract ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column);
    public abstract ValueGetter<DataViewRowId> GetIdGetter();
    public abstract bool IsColumnActive(DataViewSchema.Column column);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) { }
}

/// <summary>A row that moves.</summary>
public abstract class DataViewRowCursor : DataViewRow
{
    /// <summary>Goes to the next row; false when there is none.</summary>
    public abstract bool MoveNext();
}
