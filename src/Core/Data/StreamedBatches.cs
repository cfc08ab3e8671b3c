namespace MLNet.BatchNorm.Core.Data;

/// <summary>
/// Batches of rows that are read again for every epoch. Shuffled in a pool: each row of a batch is drawn from the pool, and the next row
/// that is read takes its place; so a row can come any time later, but at most the size of the pool earlier, than it lies.
/// </summary>
internal sealed class StreamedBatches(RowSource rows, IRowStream stream, int poolRows, int longestRow, int batchSize)
    : Batches(rows, batchSize)
{
    private readonly int inputs = stream.Inputs;
    private readonly int poolSize = Math.Min(poolRows, rows.Rows);
    private float[] features = [];
    private SparseBuffer[] sparseFeatures = [];   // a row each
    private float[] targets = [];
    private float[] weights = [];
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
        if (targets.Length == 0)
            MakePool();
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
            else if (Batch.Sparse is { } sparse
                ? cursor!.Read(sparse, out var target, out var weight)
                : cursor!.Read(Batch.NewRow(), out target, out weight))
            {
                Batch.Add(target, weight);
            }
            else
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
    }

    private void Draw(ref CounterRandom shuffle)
    {
        var drawn = shuffle.NextBelow(pooled);
        if (Batch.Sparse is { } sparse)
            sparse.Add(sparseFeatures[drawn].All);
        else
            features.AsSpan(drawn * inputs, inputs).CopyTo(Batch.NewRow());
        Batch.Add(targets[drawn], weights[drawn]);
        if (read < Rows)
        {
            ReadInto(drawn);
            return;
        }

        // Nothing is left to read: the last row of the pool closes the gap.
        pooled--;
        if (Batch.Sparse is not null)
            (sparseFeatures[drawn], sparseFeatures[pooled]) = (sparseFeatures[pooled], sparseFeatures[drawn]);
        else
            features.AsSpan(pooled * inputs, inputs).CopyTo(features.AsSpan(drawn * inputs, inputs));
        (targets[drawn], weights[drawn]) = (targets[pooled], weights[pooled]);
    }

    private void MakePool()
    {
        (targets, weights) = (new float[poolSize], new float[poolSize]);
        if (Batch.Sparse is null)
            features = new float[poolSize * inputs];
        else
            sparseFeatures = [.. Enumerable.Range(0, poolSize).Select(_ => new SparseBuffer(longestRow))];
    }

    private static SparseBuffer Emptied(SparseBuffer row)
    {
        row.Clear();
        return row;
    }

    private void ReadInto(int place)
    {
        if (!(Batch.Sparse is null
            ? cursor!.Read(features.AsSpan(place * inputs, inputs), out targets[place], out weights[place])
            : cursor!.Read(Emptied(sparseFeatures[place]), out targets[place], out weights[place])))
            throw Shrunk();
        read++;
    }

    private InvalidOperationException Shrunk() =>
        new($"There were {Rows} rows when they were counted, and now there are fewer. The rows must be the same every time they are read.");
}
