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
    /// How many bytes the rows may take, as <see cref="BytesOf"/> and <see cref="BytesOfSparse"/> count them. If they take more, those that
    /// fit become the pool that shuffles them: the memory is taken once. Any row must fit into any place of the pool, so the longest of
    /// sparse ones decides how many places there are.
    /// </param>
    public static RowSource Read(IRowStream stream, long budget) => Read(stream, budget, out _);

    /// <inheritdoc cref="Read(IRowStream, long)"/>
    /// <param name="stream">As above.</param>
    /// <param name="budget">As above.</param>
    /// <param name="bytes">How many bytes all rows take.</param>
    /// <param name="fingerprint">Counts the rows in; null: nobody wants to know them again.</param>
    public static RowSource Read(IRowStream stream, long budget, out long bytes, RowFingerprint? fingerprint = null)
    {
        Require.Positive(budget, nameof(budget));
        var most = stream.IsSparse
            ? Math.Clamp(budget / BytesOfSparse(0), 2, Array.MaxLength)
            : Math.Clamp(budget / BytesOf(stream.Inputs), 2, Array.MaxLength / stream.Inputs);
        var builder = new DatasetBuilder(stream.Inputs, stream.HasWeights, stream.IsSparse, (int)most);
        var row = new Batch(stream.Inputs, largest: 1, stream.IsSparse);
        var (rows, longest, totalWeight) = (0, 0L, 0.0);
        bytes = 0;
        using var cursor = stream.Open();
        for (row.Clear(hasWeights: true); row.Read(cursor); row.Clear(hasWeights: true))
        {
            var bytesOfRow = row.Sparse is { } sparse ? BytesOfSparse(sparse.Count) : BytesOf(stream.Inputs);
            (rows, longest, bytes) = (checked(rows + 1), Math.Max(longest, bytesOfRow), bytes + bytesOfRow);
            totalWeight += stream.HasWeights ? row.Weights[0] : 1;
            fingerprint?.Add(row);
            if (rows <= 2 || (bytes <= budget && rows <= most))
                builder.Add(row);
        }

        if (builder.Rows == rows)
            return builder.ToDataset();
        var places = (int)Math.Clamp(budget / longest, 2, builder.Rows);
        return new StreamedRows(stream, rows, totalWeight, new RowPoolLender(builder.ToPool(places), stream, places));
    }

    /// <summary>
    /// Bytes that a dense row takes in memory at most, as float32: the features, target and weight, both again where they are standardized
    /// or multiplied by class weights, and its place in two orders of the rows.
    /// </summary>
    public static long BytesOf(int inputs) => sizeof(float) * (inputs + 6L);

    /// <summary>The same of one sparse row with so many values.</summary>
    public static long BytesOfSparse(int values) => BytesOf(0) + SparseTable.BytesOf(values);

    /// <summary>Cuts the rows into batches of this size.</summary>
    public abstract Batches InBatches(int batchSize);

    /// <summary>Target and weight of every row, in the order of the rows.</summary>
    public abstract IEnumerable<(float Target, float Weight)> Labels();

    /// <summary>The same rows with other targets.</summary>
    public abstract RowSource WithTargets(Func<float, float> change);

    /// <summary>The same rows, their weights multiplied by a factor that depends on the target.</summary>
    public abstract RowSource WithWeightFactors(Func<float, float> factorOfTarget);

    /// <summary>Takes a share of the rows for validation, in a way that depends on the seed alone.</summary>
    /// <param name="fraction">The share.</param>
    /// <param name="seed">Decides which rows.</param>
    /// <param name="classes">How many classes the targets count, each of which keeps a row to train on; 0: the targets are numbers.</param>
    /// <exception cref="ArgumentException">Not a single row would be left for one of the two.</exception>
    public abstract (RowSource Training, RowSource Validation) Split(float fraction, int seed, int classes = 0);

    private protected ArgumentException NothingLeft(float fraction) => new(
        $"A ValidationFraction of {fraction} leaves no row of {Rows} for validation, or none to train on: every class keeps at least one "
        + "row to train on. Use another fraction, more rows, or no validation.");
}
