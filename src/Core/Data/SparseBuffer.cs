using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Data;

/// <summary>Sparse rows one after the other, in memory that grows to the most that were there and is then used again.</summary>
internal sealed class SparseBuffer
{
    private float[] values = [];
    private int[] columns = [];
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
