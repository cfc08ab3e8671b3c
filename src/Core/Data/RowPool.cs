namespace MLNet.BatchNorm.Core.Data;

/// <summary>Some rows of a stream, each of which may give its place to another one.</summary>
internal sealed class RowPool(FeatureTable features, float[] targets, float[] weights)
{
    /// <summary>Writes the only row of a batch to a place that is taken, or the one after the last.</summary>
    public void Set(int place, Batch only)
    {
        features.Set(place, only);
        (targets[place], weights[place]) = (only.Targets[0], only.Weights[0]);
    }

    /// <summary>Adds a row to a batch.</summary>
    public void AddTo(Batch batch, int place)
    {
        features.AddTo(batch, place);
        batch.Add(targets[place], weights[place]);
    }

    /// <summary>Writes the row of one place, which is free then, to another.</summary>
    public void Move(int from, int to)
    {
        features.Move(from, to);
        (targets[to], weights[to]) = (targets[from], weights[from]);
    }
}

/// <summary>
/// Lends the memory of one pool to one borrower at a time, over all parts and versions of the same rows, so that it is taken only once.
/// While it is lent, another borrower is given new memory.
/// </summary>
internal sealed class RowPoolLender(RowPool pool, IRowStream stream, int rows)
{
    private RowPool? free = pool;

    /// <summary>Rows that fit into the pool.</summary>
    public int Rows => rows;

    public RowPool Borrow() => Interlocked.Exchange(ref free, null)
        ?? new RowPool(FeatureTable.New(stream.Inputs, stream.IsSparse), new float[rows], new float[rows]);

    public void GiveBack(RowPool pool) => free = pool;
}
