namespace MLNet.BatchNorm.Core.Data;

/// <summary>
/// Rows cut into batches, for one epoch after the other. The last batch may be short, but never a single row, which batch norm could not
/// train on: that row joins the batch before it.
/// </summary>
internal abstract class Batches : IDisposable
{
    private readonly RowChunks chunks;

    protected Batches(RowSource rows, int batchSize)
    {
        Rows = rows.Rows;
        chunks = new RowChunks(Rows, Require.AtLeast(2, batchSize, nameof(batchSize)));
        Batch = new Batch(rows.Inputs, Largest, rows.IsSparse);
    }

    /// <summary>Rows in all.</summary>
    public int Rows { get; }

    /// <summary>Number of batches.</summary>
    public int Count => chunks.Count;

    /// <summary>Rows of the largest batch.</summary>
    public int Largest => Math.Max(SizeOf(0), SizeOf(Count - 1));

    /// <summary>The one that is filled again and again.</summary>
    protected Batch Batch { get; }

    /// <summary>Starts an epoch.</summary>
    /// <param name="shuffle">Decides the order of the rows, alone; null: the order in which they lie.</param>
    public abstract void Start(CounterRandom? shuffle);

    /// <summary>The next of <see cref="Count"/> batches; it holds until the one after it.</summary>
    public abstract Batch Next();

    public abstract void Dispose();

    protected int StartOf(int index) => chunks[index].Start;

    protected int SizeOf(int index) => chunks[index].Rows;
}
