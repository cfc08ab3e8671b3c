using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Mapping;

/// <summary>One row seen through a <see cref="RowMapper"/>: what a prediction engine reads.</summary>
internal sealed class MappedRow(MappedColumns columns) : DataViewRow
{
    public override DataViewSchema Schema => columns.Schema;

    public override long Position => columns.Input.Position;

    public override long Batch => columns.Input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => columns.Input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => columns.GetGetter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            columns.Input.Dispose();
        base.Dispose(disposing);
    }
}
