using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Mapping;

/// <summary>A cursor seen through a <see cref="RowMapper"/>, row by row.</summary>
internal sealed class MappedCursor(DataViewRowCursor source, MappedColumns columns) : ForwardCursor(source)
{
    public override DataViewSchema Schema => columns.Schema;

    protected override long RowPosition => columns.Input.Position;

    protected override long RowBatch => columns.Input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsActive(column);

    protected override bool MoveToNextRow() => ((DataViewRowCursor)columns.Input).MoveNext();

    protected override ValueGetter<DataViewRowId> RowIdGetter() => columns.Input.GetIdGetter();

    protected override ValueGetter<TValue> RowGetter<TValue>(DataViewSchema.Column column) => columns.GetGetter<TValue>(column);
}
