namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// A matrix of which only the values that are not 0 are there (compressed sparse rows): those of row r are
/// <paramref name="values"/>[<paramref name="starts"/>[r]..<paramref name="starts"/>[r + 1]], and <paramref name="columns"/> says, from 0,
/// where each belongs, ascending within a row.
/// </summary>
/// <param name="values">The values, row after row.</param>
/// <param name="columns">As many as values.</param>
/// <param name="starts">One more than rows; the first may be more than 0.</param>
internal readonly ref struct SparseRows(ReadOnlySpan<float> values, ReadOnlySpan<int> columns, ReadOnlySpan<int> starts)
{
    public ReadOnlySpan<float> Values { get; } = values;

    public ReadOnlySpan<int> Columns { get; } = columns;

    public ReadOnlySpan<int> Starts { get; } = starts;

    /// <summary>Whether it is the default: no matrix at all, not one without rows.</summary>
    public bool IsDefault => Starts.IsEmpty;

    public int Rows => Starts.Length - 1;

    /// <summary>How many values are there.</summary>
    public int Count => Starts[^1] - Starts[0];

    /// <summary>The columns of the values of all rows.</summary>
    public ReadOnlySpan<int> ColumnsOfAll => Columns.Slice(Starts[0], Count);

    /// <summary>Some rows next to each other.</summary>
    public SparseRows Slice(int first, int rows) => new(Values, Columns, Starts.Slice(first, rows + 1));

    /// <summary>The values of a row.</summary>
    public ReadOnlySpan<float> ValuesOf(int row) => Values[Starts[row]..Starts[row + 1]];

    /// <summary>The columns of <see cref="ValuesOf"/>.</summary>
    public ReadOnlySpan<int> ColumnsOf(int row) => Columns[Starts[row]..Starts[row + 1]];

    /// <summary>Writes all rows side by side, zeros included.</summary>
    public void CopyTo(Span<float> dense, int width)
    {
        dense[..(Rows * width)].Clear();
        for (var row = 0; row < Rows; row++)
        {
            var ofRow = dense.Slice(row * width, width);
            var slots = ColumnsOf(row);
            for (var i = 0; i < slots.Length; i++)
                ofRow[slots[i]] = ValuesOf(row)[i];
        }
    }
}
