namespace MLNet.BatchNorm.Core.Data;

/// <summary>Some rows of a stream, each of which may give its place to another one.</summary>
internal sealed class RowPool(FeatureTable features, float[] targets, float[] weights)
{
    /// <summary>A pool of its own memory.</summary>
    public RowPool(int inputs, int rows)
        : this(new FeatureTable(inputs), new float[rows], new float[rows])
    {
    }

    /// <summary>Writes a row to a place that is taken, or the one after the last.</summary>
    public void Set(int place, ReadOnlySpan<float> row, float target, float weight)
    {
        features.Set(place, row);
        (targets[place], weights[place]) = (target, weight);
    }

    /// <summary>Adds a row to a batch.</summary>
    public void CopyTo(int place, Batch batch)
    {
        features[place].CopyTo(batch.NewRow());
        batch.Add(targets[place], weights[place]);
    }

    /// <summary>Writes the row of one place to another.</summary>
    public void Copy(int from, int to) => Set(to, features[from], targets[from], weights[from]);
}

/// <summary>
/// Lends the memory of one pool to one borrower at a time, over all parts and versions of the same rows, so that it is taken only once.
/// While it is lent, another borrower is given new memory.
/// </summary>
internal sealed class RowPoolLender(RowPool pool, int inputs, int rows)
{
    private RowPool? free = pool;

    /// <summary>Rows that fit into the pool.</summary>
    public int Rows => rows;

    public RowPool Borrow() => Interlocked.Exchange(ref free, null) ?? new RowPool(inputs, rows);

    public void GiveBack(RowPool pool) => free = pool;
}
