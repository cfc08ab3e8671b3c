using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Data;

/// <summary>Batches of a dataset in memory, shuffled perfectly.</summary>
internal sealed class DatasetBatches(Dataset data, int batchSize) : Batches(data, batchSize)
{
    // Whose features one thread copies at a time.
    private const int RowsPerBlock = 16;

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
        var rows = RowsOf(next++);
        Batch.Clear(data.HasWeights);
        foreach (var row in rows)
            Batch.Add(data.TargetOf(row), data.WeightOf(row));
        if (data.IsSparse)
        {
            foreach (var row in rows)
                data.AddFeatures(Batch, row);
            return Batch;
        }

        var blocks = Math.Clamp(rows.Length / RowsPerBlock, 1, BlockRunner.MaxBlocks);
        var job = new FeaturesJob(data, rows, Batch.Features, blocks);
        BlockRunner.Run(ref job, blocks, 2 * 16L * rows.Length * data.Inputs);   // bound by memory: each value is read and written
        return Batch;
    }

    public override void Dispose()
    {
    }

    /// <summary>Which rows are in a batch of the epoch.</summary>
    public ReadOnlySpan<int> RowsOf(int index) => order.AsSpan(StartOf(index), SizeOf(index));

    /// <summary>Shuffled rows come from memory one by one; threads that each fetch some wait at the same time.</summary>
    private readonly ref struct FeaturesJob(Dataset data, ReadOnlySpan<int> rows, Span<float> to, int blocks) : IBlockJob
    {
        private readonly ReadOnlySpan<int> rows = rows;
        private readonly Span<float> to = to;

        public void Run(int block)
        {
            var (first, end) = BlockRunner.Part(rows.Length, block, blocks);
            for (var i = first; i < end; i++)
                data.FeaturesOf(rows[i]).CopyTo(to[(i * data.Inputs)..]);
        }
    }
}
