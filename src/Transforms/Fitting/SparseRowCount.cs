using System.Globalization;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>How many rows of a column came sparse, and with how many values.</summary>
internal struct SparseRowCount
{
    private const int LeastSlots = 256, LeastSaving = 8;

    private long rows;
    private long sparseRows;
    private long values;

    public void AddDense() => rows++;

    public void AddSparse(int count)
    {
        rows++;
        sparseRows++;
        values += count;
    }

    /// <summary>
    /// A warning if the column has 256 slots or more, more than half of its rows are sparse, and these take eight times the memory once
    /// they are dense; else null.
    /// </summary>
    /// <param name="column">Its name.</param>
    /// <param name="slots">Values of a dense row.</param>
    /// <param name="itemSize">Bytes of a value.</param>
    public readonly string? WarningFor(string column, int slots, int itemSize)
    {
        long dense = (long)slots * itemSize, sparse = values * (itemSize + sizeof(int));
        if (slots < LeastSlots || 2 * sparseRows <= rows || dense * sparseRows < LeastSaving * sparse)
            return null;
        var average = sparse / sparseRows;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Batch normalization of '{column}' makes its sparse rows dense: {slots:N0} slots are {dense:N0} bytes per row, where the "
            + $"values that are not 0 take {average:N0}. Set FixZero, with which zeros stay zeros and rows sparse. A "
            + $"neural network needs nothing in front: it takes sparse rows as they are, and BatchNorm() behind its first dense layer.");
    }
}
