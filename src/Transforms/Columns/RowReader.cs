using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>Reads a scalar or vector column of <typeparamref name="T"/> row by row.</summary>
internal sealed class RowReader<T>
{
    private readonly string subject;
    private readonly ValueGetter<T>? scalar;
    private readonly ValueGetter<VBuffer<T>>? vector;
    private VBuffer<T> buffer;

    /// <summary>Reads <paramref name="source"/>, which has <paramref name="slots"/> values per row, from <paramref name="row"/>.</summary>
    public RowReader(DataViewRow row, SourceColumn source, int slots)
        : this(row, source.Column, slots) => subject = source.Subject;

    /// <summary>Reads <paramref name="source"/>, which has <paramref name="slots"/> values per row, from <paramref name="row"/>.</summary>
    public RowReader(DataViewRow row, DataViewSchema.Column source, int slots)
    {
        subject = $"'{source.Name}'";
        Slots = slots;
        if (source.Type is VectorDataViewType)
            vector = row.GetGetter<VBuffer<T>>(source);
        else
            scalar = row.GetGetter<T>(source);
    }

    /// <summary>Values per row.</summary>
    public int Slots { get; }

    /// <summary>The explicit values of the sparse vector that was read last.</summary>
    public ReadOnlySpan<T> SparseValues => buffer.GetValues();

    /// <summary>The slots of <see cref="SparseValues"/>.</summary>
    public ReadOnlySpan<int> SparseSlots => buffer.GetIndices();

    /// <summary>Reads the current row of a vector column as it comes, dense or sparse; it holds until the next one is read.</summary>
    /// <exception cref="InvalidOperationException">The row has another number of values than the column's type says.</exception>
    public ref readonly VBuffer<T> ReadVector()
    {
        vector!(ref buffer);
        if (buffer.Length != Slots)
            throw new InvalidOperationException($"Column {subject} has {buffer.Length} values in a row, but its type says {Slots}.");
        return ref buffer;
    }

    /// <summary>Copies the current row into <paramref name="values"/>, zeros of a sparse vector included.</summary>
    /// <exception cref="InvalidOperationException">The row has another number of values than the column's type says.</exception>
    public void Read(Span<T> values)
    {
        if (!TryReadDense(values))
            CopySparse(values);
    }

    /// <summary>Copies the sparse vector that was read last, with its zeros, into <paramref name="values"/>.</summary>
    public void CopySparse(Span<T> values) => buffer.CopyTo(values);

    /// <summary>
    /// Reads the current row into <paramref name="values"/> if it is dense, which a scalar always is; a sparse one is in
    /// <see cref="SparseValues"/> instead.
    /// </summary>
    /// <returns>Whether it is dense.</returns>
    /// <exception cref="InvalidOperationException">The row has another number of values than the column's type says.</exception>
    public bool TryReadDense(Span<T> values)
    {
        if (scalar is not null)
        {
            scalar(ref values[0]);
            return true;
        }

        ReadVector();
        if (!buffer.IsDense)
            return false;
        buffer.GetValues().CopyTo(values);
        return true;
    }

    /// <summary>
    /// Reads the current row of a vector column: where it lies until the next one is read if it is dense, else by way of
    /// <paramref name="copy"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The row has another number of values than the column's type says.</exception>
    public ReadOnlySpan<T> ReadInPlace(Span<T> copy)
    {
        ReadVector();
        if (buffer.IsDense)
            return buffer.GetValues();
        buffer.CopyTo(copy);
        return copy;
    }
}
