namespace MLNet.BatchNorm.Core.Data;

/// <summary>
/// Rows to train on or to validate with: features, a target and perhaps a weight each. Either a <see cref="Dataset"/> in memory, or a
/// <see cref="StreamedRows"/> that is read again for every epoch. Immutable.
/// </summary>
internal abstract class RowSource
{
    /// <summary>Features per row.</summary>
    public abstract int Inputs { get; }

    public abstract int Rows { get; }

    public abstract bool HasWeights { get; }

    /// <summary>Whether batches have sparse features.</summary>
    public abstract bool IsSparse { get; }

    /// <summary>The sum of the weights; without weights the number of rows.</summary>
    public abstract double TotalWeight { get; }

    /// <summary>
    /// Reads all rows: into memory if they fit into the budget, else only once through, to count them; then every epoch reads them again.
    /// </summary>
    /// <param name="stream">The rows.</param>
    /// <param name="budget">
    /// How many bytes features, targets and weights may take, as float32. If they take more, a pool of that size shuffles them. A feature
    /// of sparse rows takes twice that, where it is not 0.
    /// </param>
    public static RowSource Read(IRowStream stream, long budget)
    {
        Require.Positive(budget, nameof(budget));
        if (stream.IsSparse)
            return ReadSparse(stream, budget);
        var bytesPerRow = sizeof(float) * (stream.Inputs + 1L + (stream.HasWeights ? 1 : 0));
        var most = (int)Math.Clamp(budget / bytesPerRow, 2, Array.MaxLength / stream.Inputs);
        var builder = new DatasetBuilder(stream.Inputs, stream.HasWeights);
        var features = new float[stream.Inputs];
        var rows = 0;
        var totalWeight = 0.0;
        using var cursor = stream.Open();
        while (cursor.Read(features, out var target, out var weight))
        {
            rows = checked(rows + 1);
            totalWeight += stream.HasWeights ? weight : 1;
            if (rows <= most)
                builder.Add(features, target, weight);
            else if (builder.Rows > 0)
                builder = new DatasetBuilder(stream.Inputs, stream.HasWeights);   // gives the memory back
        }

        return rows <= most ? builder.ToDataset() : new StreamedRows(stream, rows, totalWeight, most);
    }

    /// <summary>Cuts the rows into batches of this size.</summary>
    public abstract Batches InBatches(int batchSize);

    /// <summary>Target and weight of every row, in the order of the rows.</summary>
    public abstract IEnumerable<(float Target, float Weight)> Labels();

    /// <summary>The same rows with other targets.</summary>
    public abstract RowSource WithTargets(Func<float, float> change);

    /// <summary>The same rows, their weights multiplied by a factor that depends on the target.</summary>
    public abstract RowSource WithWeightFactors(Func<float, float> factorOfTarget);

    /// <summary>Takes a share of the rows for validation, in a way that depends on the seed alone.</summary>
    /// <exception cref="ArgumentException">Not a single row would be left for one of the two.</exception>
    public abstract (RowSource Training, RowSource Validation) Split(float fraction, int seed);

    // A place in the pool must take any row, so the longest decides how many there are.
    private static RowSource ReadSparse(IRowStream stream, long budget)
    {
        var builder = new DatasetBuilder(stream.Inputs, stream.HasWeights, isSparse: true);
        var row = new SparseBuffer();
        var (rows, longest, bytes, totalWeight) = (0, 0, 0L, 0.0);
        using var cursor = stream.Open();
        while (cursor.Read(row, out var target, out var weight))
        {
            rows = checked(rows + 1);
            longest = Math.Max(longest, row.Count);
            totalWeight += stream.HasWeights ? weight : 1;
            bytes += SparseTable.BytesOf(row.Count);
            if (bytes <= budget)
                builder.Add(row.All, target, weight);
            else if (builder.Rows > 0)
                builder = new DatasetBuilder(stream.Inputs, stream.HasWeights, isSparse: true);   // gives the memory back
            row.Clear();
        }

        if (bytes <= budget)
            return builder.ToDataset();
        var poolRows = (int)Math.Clamp(budget / SparseTable.BytesOf(longest), 2, Array.MaxLength);
        return new StreamedRows(stream, rows, totalWeight, poolRows, longest);
    }

    private protected ArgumentException NothingLeft(float fraction) => new(
        $"A validation fraction of {fraction} leaves no row of {Rows} for validation. Use a larger fraction, or no validation.",
        nameof(fraction));
}
