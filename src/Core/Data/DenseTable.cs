namespace MLNet.BatchNorm.Core.Data;

/// <summary>Dense rows in blocks of memory, which never take more than the rows and one block.</summary>
internal sealed class DenseTable : FeatureTable
{
    private const int BlockValues = 1 << 18;   // 1 MB

    private readonly List<float[]> blocks = [];
    private readonly int rowsPerBlock;

    /// <summary>A table that grows.</summary>
    public DenseTable(int inputs)
        : base(inputs) => rowsPerBlock = Math.Max(1, BlockValues / inputs);

    /// <summary>A table of rows that lie side by side already, which it does not copy.</summary>
    public DenseTable(int inputs, float[] rows)
        : base(inputs)
    {
        blocks.Add(rows);
        rowsPerBlock = Math.Max(1, rows.Length / inputs);
    }

    /// <summary>The features of a row.</summary>
    public ReadOnlySpan<float> this[int row]
    {
        get
        {
            var (block, index) = Math.DivRem(row, rowsPerBlock);
            return blocks[block].AsSpan(index * Inputs, Inputs);
        }
    }

    /// <summary>Writes a row that is there, or the one after the last.</summary>
    public void Set(int row, ReadOnlySpan<float> features)
    {
        var (block, index) = Math.DivRem(row, rowsPerBlock);
        if (block == blocks.Count)
            blocks.Add(new float[rowsPerBlock * Inputs]);
        features.CopyTo(blocks[block].AsSpan(index * Inputs, Inputs));
    }

    public override void Set(int row, Batch only) => Set(row, only.Features);

    public override void AddTo(Batch batch, int row) => this[row].CopyTo(batch.NewRow());

    public override void Move(int from, int to) => Set(to, this[from]);
}
