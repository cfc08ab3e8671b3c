using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Data;

/// <summary>Sparse rows one after the other, in memory that grows to the most that were there and is then used again.</summary>
/// <param name="capacity">For how many values there is room from the start.</param>
internal sealed class SparseBuffer(int capacity = 0)
{
    private float[] values = new float[capacity];
    private int[] columns = new int[capacity];
    private int[] starts = new int[2];

    public int Rows { get; private set; }

    /// <summary>How many values all rows have.</summary>
    public int Count => starts[Rows];

    /// <summary>The rows so far; holds until the next change.</summary>
    public SparseRows All => new(values, columns, starts.AsSpan(0, Rows + 1));

    public void Clear() => Rows = 0;

    public void RemoveLast() => Rows--;

    /// <summary>Adds a row; zeros among its values are left out.</summary>
    /// <param name="row">The values.</param>
    /// <param name="slots">Their columns, ascending; empty where the row is dense.</param>
    public void Add(ReadOnlySpan<float> row, ReadOnlySpan<int> slots)
    {
        var end = Count;
        Reserve(end + row.Length - row.Count(0f));
        for (var i = 0; i < row.Length; i++)
            if (row[i] != 0)
                (values[end], columns[end++]) = (row[i], slots.IsEmpty ? i : slots[i]);
        starts[++Rows] = end;
    }

    /// <summary>Adds rows.</summary>
    public void Add(SparseRows rows)
    {
        for (var row = 0; row < rows.Rows; row++)
            Add(rows.ValuesOf(row), rows.ColumnsOf(row));
    }

    /// <summary>Gives back the memory that the rows do not need.</summary>
    public void TrimExcess()
    {
        Array.Resize(ref values, Count);
        Array.Resize(ref columns, Count);
    }

    private void Reserve(int most)
    {
        if (most > values.Length)
        {
            var size = Math.Max(most, (int)Math.Min(2L * values.Length, Array.MaxLength));
            Array.Resize(ref values, size);
            Array.Resize(ref columns, size);
        }

        if (Rows + 2 > starts.Length)
            Array.Resize(ref starts, 2 * starts.Length);
    }
}

/// <summary>
/// Sparse rows in blocks of memory, so that a table that grows row by row is never copied and takes little more than its rows.
/// </summary>
internal sealed class SparseTable
{
    private const int RowsPerBlock = 256;

    private readonly List<SparseBuffer> blocks = [];

    /// <summary>A row, alone.</summary>
    public SparseRows this[int row]
    {
        get
        {
            var (block, index) = Math.DivRem(row, RowsPerBlock);
            return blocks[block].All.Slice(index, 1);
        }
    }

    /// <summary>Bytes in memory of a row with so many values, its target and its weight.</summary>
    public static long BytesOf(int values) => ((sizeof(float) + sizeof(int)) * (long)values) + sizeof(int) + (2 * sizeof(float));

    public void Add(SparseRows row)
    {
        if (blocks.Count == 0 || blocks[^1].Rows == RowsPerBlock)
            blocks.Add(new SparseBuffer());
        blocks[^1].Add(row);
        if (blocks[^1].Rows == RowsPerBlock)
            blocks[^1].TrimExcess();
    }
}
