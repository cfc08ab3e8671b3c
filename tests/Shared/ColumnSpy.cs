using Microsoft.ML;

namespace MLNet.BatchNorm.Tests;

/// <summary>A data view that keeps the names of the columns it was last asked for.</summary>
internal sealed class ColumnSpy(IDataView view) : IDataView
{
    public IReadOnlyList<string> Asked { get; private set; } = [];

    public bool CanShuffle => view.CanShuffle;

    public DataViewSchema Schema => view.Schema;

    public long? GetRowCount() => view.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Asked = [.. columnsNeeded.Select(column => column.Name)];
        return view.GetRowCursor(columnsNeeded, rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        Asked = [.. columnsNeeded.Select(column => column.Name)];
        return view.GetRowCursorSet(columnsNeeded, n, rand);
    }
}
