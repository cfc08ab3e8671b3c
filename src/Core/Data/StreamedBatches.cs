namespace MLNet.BatchNorm.Core.Data;

/// <summary>
/// Batches of rows that are read again for every epoch. Shuffled in a pool: each row of a batch is drawn from the pool, and the next row
/// that is read takes its place; so a row can come any time later, but at most the size of the pool earlier, than it lies.
/// </summary>
internal sealed class StreamedBatches(RowSource rows, IRowStream stream, int poolRows, int batchSize) : Batches(rows, batchSize)
{
    private readonly int inputs = stream.Inputs;
    private readonly int poolSize = Math.Min(poolRows, rows.Rows);
    private float[] features = [];
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
            (features, targets, weights) = (new float[poolSize * inputs], new float[poolSize], new float[poolSize]);
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
            else if (cursor!.Read(Batch.NewRow(), out var target, out var weight))
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
        features.AsSpan(drawn * inputs, inputs).CopyTo(Batch.NewRow());
        Batch.Add(targets[drawn], weights[drawn]);
        if (read < Rows)
        {
            ReadInto(drawn);
            return;
        }

        // Nothing is left to read: the last row of the pool closes the gap.
        pooled--;
        features.AsSpan(pooled * inputs, inputs).CopyTo(features.AsSpan(drawn * inputs, inputs));
        (targets[drawn], weights[drawn]) = (targets[pooled], weights[pooled]);
    }

    private void ReadInto(int place)
    {
        if (!cursor!.Read(features.AsSpan(place * inputs, inputs), out targets[place], out weights[place]))
            throw Shrunk();
        read++;
    }

    private InvalidOperationException Shrunk() =>
        new($"There were {Rows} rows when they were counted, and now there are fewer. The rows must be the same every time they are read.");
}
