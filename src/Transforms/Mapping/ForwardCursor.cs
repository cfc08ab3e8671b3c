using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Mapping;

/// <summary>
/// A cursor over the rows of another one, which it owns. It goes through them once: after the last row <see cref="MoveNext"/> stays false,
/// after an exception it throws that one again, and where there is no row <see cref="Position"/> is -1 and getters refuse to read.
/// </summary>
internal abstract class ForwardCursor(DataViewRowCursor source) : DataViewRowCursor
{
    private bool isOnRow;
    private bool hasEnded;
    private bool isDisposed;
    private ExceptionDispatchInfo? failure;

    public sealed override long Position => isOnRow ? RowPosition : -1;

    public sealed override long Batch => isOnRow ? RowBatch : 0;

    protected abstract long RowPosition { get; }

    protected abstract long RowBatch { get; }

    public sealed override bool MoveNext()
    {
        isOnRow = false;
        if (hasEnded)
            return false;
        // The rows before a failure are not all rows, so it must not look like the end to who asks again.
        failure?.Throw();
        try
        {
            isOnRow = MoveToNextRow();
        }
        catch (Exception thrown)
        {
            failure = ExceptionDispatchInfo.Capture(thrown);
            throw;
        }

        hasEnded = !isOnRow;
        return isOnRow;
    }

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => OnRowsOnly(RowIdGetter());

    public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => OnRowsOnly(RowGetter<TValue>(column));

    /// <summary>Goes to the next row; false if there is none. Not called again after that, nor after an exception.</summary>
    protected abstract bool MoveToNextRow();

    /// <summary>A getter of the row's id that is called on a row only.</summary>
    protected abstract ValueGetter<DataViewRowId> RowIdGetter();

    /// <summary>A getter of an active column that is called on a row only.</summary>
    protected abstract ValueGetter<TValue> RowGetter<TValue>(DataViewSchema.Column column);

    protected sealed override void Dispose(bool disposing)
    {
        // ML.NET's Dispose comes here every time it is called.
        if (disposing && !isDisposed)
        {
            (isOnRow, hasEnded, isDisposed) = (false, true, true);
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private ValueGetter<TValue> OnRowsOnly<TValue>(ValueGetter<TValue> getter) => (ref TValue value) =>
    {
        if (!isOnRow)
            throw new InvalidOperationException(
                "The cursor stands on no row. Call MoveNext first, and read values only while it returns true.");
        getter(ref value);
    };
}
