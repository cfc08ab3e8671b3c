namespace MLNet.BatchNorm.Core.Data;

/// <summary>Batches of a dataset in memory, shuffled perfectly.</summary>
internal sealed class DatasetBatches(Dataset data, int batchSize) : Batches(data, batchSize)
{
    private readonly int[] order = [.. Enumerable.Range(0, data.Rows)];
    private int next;

    public override void Start(CounterRandom? shuffle)
    {
        next = 0;
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        shuffle?.Shuffle(order);
    }

    public override Batch Next()
    {
        Batch.Fill(data, RowsOf(next++));
        return Batch;
    }

    public override void Dispose()
    {
    }

    /// <summary>Which rows are in a batch of the epoch.</summary>
    public ReadOnlySpan<int> RowsOf(int index) => order.AsSpan(StartOf(index), SizeOf(index));
}
