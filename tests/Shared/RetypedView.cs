using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Tests;

/// <summary>A data view whose schema claims another type for one column than its values have.</summary>
internal sealed class RetypedView : IDataView
{
    private readonly IDataView source;

    public RetypedView(IDataView source, string column, DataViewType claimed)
    {
        this.source = source;
        var schema = new DataViewSchema.Builder();
        foreach (var other in source.Schema)
            schema.AddColumn(other.Name, other.Name == column ? claimed : other.Type);
        Schema = schema.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(source.GetRowCursor(columnsNeeded.Select(column => source.Schema[column.Index])), Schema);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewRowCursor inner, DataViewSchema schema) : DataViewRowCursor
    {
        public override DataViewSchema Schema => schema;

        public override long Position => inner.Position;

        public override long Batch => inner.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(inner.Schema[column.Index]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            inner.GetGetter<TValue>(inner.Schema[column.Index]);

        public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

        public override bool MoveNext() => inner.MoveNext();
    }
}
