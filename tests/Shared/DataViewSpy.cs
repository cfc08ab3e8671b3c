using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Tests;

/// <summary>A data view that keeps what it was asked for, and whose cursors may fail.</summary>
internal sealed class DataViewSpy(IDataView view) : IDataView
{
    /// <summary>What a cursor throws at <see cref="FailingRow"/>.</summary>
    public const string Failure = "this row cannot be read";

    /// <summary>Names of the columns that the last call asked for.</summary>
    public IReadOnlyList<string> Asked { get; private set; } = [];

    /// <summary>The cursors that were given out.</summary>
    public List<Cursor> Cursors { get; } = [];

    /// <summary>Position of the row that no cursor reaches; default: all are.</summary>
    public long? FailingRow { get; init; }

    /// <summary>Called by every cursor before it moves to the next row.</summary>
    public Action BeforeRow { get; init; } = () => { };

    public bool CanShuffle => view.CanShuffle;

    public DataViewSchema Schema => view.Schema;

    public long? GetRowCount() => view.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        Watch(columnsNeeded, needed => [view.GetRowCursor(needed, rand)])[0];

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        Watch(columnsNeeded, needed => view.GetRowCursorSet(needed, n, rand));

    private Cursor[] Watch(
        IEnumerable<DataViewSchema.Column> columnsNeeded, Func<DataViewSchema.Column[], DataViewRowCursor[]> open)
    {
        var needed = columnsNeeded.ToArray();
        Asked = [.. needed.Select(column => column.Name)];
        Cursor[] cursors = [.. open(needed).Select(cursor => new Cursor(cursor, FailingRow, BeforeRow))];
        Cursors.AddRange(cursors);
        return cursors;
    }

    internal sealed class Cursor(DataViewRowCursor source, long? failingRow, Action beforeRow) : DataViewRowCursor
    {
        public int Disposals { get; private set; }

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override DataViewSchema Schema => source.Schema;

        public override bool MoveNext()
        {
            beforeRow();
            return source.Position + 1 == failingRow ? throw new InvalidDataException(Failure) : source.MoveNext();
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => source.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => source.GetGetter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            Disposals++;
            source.Dispose();
            base.Dispose(disposing);
        }
    }
}
