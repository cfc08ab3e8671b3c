namespace MLNet.BatchNorm.Core.Data;

/// <summary>Sparse rows, each in memory of its own: another row may take its place.</summary>
internal sealed class SparseTable(int inputs) : FeatureTable(inputs)
{
    private readonly List<Row> rows = [];

    /// <summary>Bytes that a row with so many values takes, with the heads of its two arrays and its place among the rows.</summary>
    public static long BytesOf(int values) => ((sizeof(float) + sizeof(int)) * (long)values) + (2 * 24) + (2 * 24);

    public override void Set(int row, Batch only)
    {
        var values = only.Sparse!.All.ValuesOf(0);
        var columns = only.Sparse.All.ColumnsOf(0);
        if (row == rows.Count)
            rows.Add(new Row([], [], 0));
        var old = rows[row];
        var changed = old.Values.Length < values.Length
            ? new Row(new float[values.Length], new int[values.Length], values.Length)
            : old with { Count = values.Length };
        values.CopyTo(changed.Values);
        columns.CopyTo(changed.Columns);
        rows[row] = changed;
    }

    public override void AddTo(Batch batch, int row)
    {
        var (values, columns, count) = rows[row];
        batch.Sparse!.Add(values.AsSpan(0, count), columns.AsSpan(0, count));
    }

    public override void Move(int from, int to) => (rows[to], rows[from]) = (rows[from], rows[to]);   // each place keeps its memory

    public override void Trim(int rows)
    {
        this.rows.RemoveRange(rows, this.rows.Count - rows);
        this.rows.TrimExcess();
    }

    private readonly record struct Row(float[] Values, int[] Columns, int Count);
}
