namespace MLNet.BatchNorm.Core.Data;

/// <summary>
/// Rows of features in blocks of memory, so that a table that grows row by row is never copied and never takes more than its rows and one
/// block.
/// </summary>
internal sealed class FeatureTable
{
    private const int BlockValues = 1 << 18;   // 1 MB

    private readonly List<float[]> blocks = [];
    private readonly int rowsPerBlock;

    /// <summary>A table that grows.</summary>
    public FeatureTable(int inputs)
    {
        Inputs = Require.Positive(inputs, nameof(inputs));
        rowsPerBlock = Math.Max(1, BlockValues / inputs);
    }

    /// <summary>A table of rows that lie side by side already, which it does not copy.</summary>
    public FeatureTable(int inputs, float[] rows)
    {
        Inputs = inputs;
        blocks.Add(rows);
        rowsPerBlock = Math.Max(1, rows.Length / inputs);
    }

    /// <summary>Features per row.</summary>
    public int Inputs { get; }

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
}
