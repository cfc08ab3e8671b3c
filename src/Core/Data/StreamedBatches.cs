namespace MLNet.BatchNorm.Core.Data;

/// <summary>
/// Batches of rows that are read again for every epoch. Shuffled in a pool: each row of a batch is drawn from the pool, and the next row
/// that is read takes its place; so a row can come any time later, but at most the size of the pool earlier, than it lies.
/// </summary>
internal sealed class StreamedBatches(RowSource rows, IRowStream stream, RowPoolLender lender, int batchSize) : Batches(rows, batchSize)
{
    private readonly int poolSize = Math.Min(lender.Rows, rows.Rows);
    private readonly Batch row = new(stream.Inputs, largest: 1, stream.IsSparse);
    private RowPool? pool;
    private IRowCursor? cursor;
    private CounterRandom? random;
    private int pooled;
    private int read;
    private int next;

    public override void Start(CounterRandom? shuffle)
    {
        Dispose();
        cursor = stream.Open();
        random = shuffle;
        (next, pooled, read) = (0, 0, 0);
        if (shuffle is null)
            return;
        pool = lender.Borrow();
        while (pooled < poolSize)
            ReadInto(pooled++);
    }

    public override Batch Next()
    {
        var size = SizeOf(next++);
        Batch.Clear(stream.HasWeights);
        for (var i = 0; i < size; i++)
        {
            if (random is { } shuffle)
            {
                Draw(ref shuffle);
                random = shuffle;
            }
            else if (!Batch.Read(cursor!))
            {
                throw Shrunk();
            }
        }

        return Batch;
    }

    public override void Dispose()
    {
        cursor?.Dispose();
        cursor = null;
        if (pool is not null)
            lender.GiveBack(pool);
        pool = null;
    }

    private void Draw(ref CounterRandom shuffle)
    {
        var drawn = shuffle.NextBelow(pooled);
        pool!.AddTo(Batch, drawn);
        if (read < Rows)
        {
            ReadInto(drawn);
            return;
        }

        // Nothing is left to read: the last row of the pool closes the gap.
        pool.Move(from: --pooled, to: drawn);
    }

    private void ReadInto(int place)
    {
        row.Clear(hasWeights: true);
        if (!row.Read(cursor!))
            throw Shrunk();
        pool!.Set(place, row);
        read++;
    }

    private InvalidOperationException Shrunk() =>
        new($"There were {Rows} rows when they were counted, and now there are fewer. The rows must be the same every time they are read.");
}
