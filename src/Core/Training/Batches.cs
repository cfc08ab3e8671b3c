using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// A dataset cut into batches. The last one may be short, but never a single row, which batch norm could not train on: that row joins the
/// batch before it.
/// </summary>
internal sealed class Batches
{
    private readonly Dataset data;
    private readonly int batchSize;
    private readonly int[] order;
    private readonly Batch batch;

    /// <summary>Batches in the order of the rows.</summary>
    public Batches(Dataset data, int batchSize)
    {
        this.data = data;
        this.batchSize = Require.AtLeast(2, batchSize, nameof(batchSize));
        order = [.. Enumerable.Range(0, data.Rows)];
        Count = Math.Max(1, (int)((data.Rows + batchSize - 2L) / batchSize));
        Largest = Math.Max(RowsOf(0).Length, RowsOf(Count - 1).Length);
        batch = new Batch(data.Inputs, Largest);
    }

    /// <summary>Rows in all.</summary>
    public int Rows => order.Length;

    /// <summary>Number of batches.</summary>
    public int Count { get; }

    /// <summary>Rows of the largest batch.</summary>
    public int Largest { get; }

    /// <summary>A new order that depends on <paramref name="random"/> alone, not on the order before.</summary>
    public void Shuffle(CounterRandom random)
    {
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        random.Shuffle(order);
    }

    /// <summary>A batch, which holds until the next one is loaded.</summary>
    public Batch Load(int index)
    {
        batch.Fill(data, RowsOf(index));
        return batch;
    }

    public ReadOnlySpan<int> RowsOf(int index)
    {
        var start = index * batchSize;
        return index == Count - 1 ? order.AsSpan(start) : order.AsSpan(start, batchSize);
    }
}
