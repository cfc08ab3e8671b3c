namespace MLNet.BatchNorm.Core.Layers;

/// <summary>
/// Which statistics batch normalization works with in training: of the whole batch or of each ghost batch, with or without the weights of
/// the rows, renormalized or not; and how the running statistics follow them.
/// </summary>
internal sealed class BatchNormStatistics(LayerSite site, BatchNormDefinition definition)
{
    private readonly Shape input = site.Input;

    // Of the last training batch, for the way back: one batch, or the ghost batches it was cut into.
    private readonly List<BatchStatistics> batches = [];
    private RowChunks chunks;
    private float[] weights = [];
    private bool weighted;
    private Ranks? ranks;
    private RankStatistics? shared;

    /// <summary>What inference normalizes with.</summary>
    public RunningStatistics Running { get; } = new(site.Input.Channels, definition.Epsilon, definition.Momentum);

    /// <summary>Whether training normalizes with the running statistics too, and leaves them alone.</summary>
    public bool AreFrozen => definition.Freeze != BatchNormFreeze.Nothing;

    /// <inheritdoc cref="Layer.KeptValues"/>
    public long KeptValues =>
        (definition.WeightedStatistics ? 1 : 0)
        + (definition.VirtualBatchSize is { } size ? BatchStatistics.ValuesPerChannel * (long)input.Channels / size : 0);

    /// <summary>Number of batches that the rows are cut into.</summary>
    public int Count => chunks.Count;

    /// <summary>Whether the rows are cut into ghost batches. Each is of one rank alone.</summary>
    private bool HasGhosts => definition.VirtualBatchSize is not null;

    private RankStatistics Shared => shared ??= new RankStatistics(input.Channels, definition.Epsilon);

    /// <summary>What <see cref="Measure"/> found.</summary>
    public BatchStatistics this[int batch] => batches[batch];

    /// <summary>Takes the rows of a training or calibration pass, before the first <see cref="Measure"/>.</summary>
    /// <param name="rows">Their number.</param>
    /// <param name="pass">Training or calibration.</param>
    public void Start(int rows, Pass pass)
    {
        ranks = pass.Ranks;
        chunks = new RowChunks(rows, definition.VirtualBatchSize ?? Math.Max(2, rows));
        while (batches.Count < chunks.Count)
            batches.Add(new BatchStatistics(input.Channels, definition.Epsilon));
        weighted = definition.WeightedStatistics && !pass.RowWeights.IsEmpty;
        if (!weighted)
            return;
        if (weights.Length < pass.RowWeights.Length)
            weights = new float[pass.RowWeights.Length];
        pass.RowWeights.CopyTo(weights);
    }

    /// <summary>Measures a batch, the first one first, and lets the running statistics follow.</summary>
    /// <param name="batch">Its number, from 0.</param>
    /// <param name="x">Its values.</param>
    /// <param name="pass">Training or calibration.</param>
    /// <exception cref="ArgumentException">The batch has fewer than two values per channel.</exception>
    public void Measure(int batch, ReadOnlySpan<float> x, Pass pass)
    {
        var statistics = batches[batch];
        var rowWeights = WeightsOf(batch);
        RequireTwoValues(x, rowWeights);
        if (rowWeights.IsEmpty)
            statistics.Measure(x);
        else
            statistics.Measure(x, rowWeights);
        if (ranks is not null && !HasGhosts)
            Shared.Merge(statistics, ranks);
        var isLast = batch == Count - 1;
        if (pass.Phase == Phase.Calibration)
        {
            Running.Pool(x, startOver: pass.IsFirst && batch == 0, isLast ? ranks : null);
            return;
        }

        if (definition.Renormalization is { } renormalization)
            statistics.Renormalize(Running, renormalization.LimitsAfter(Running.Batches));
        if (ranks is null || !HasGhosts)
            Running.Update(statistics);
        else if (isLast)
            Shared.Follow(batches, Count, Running, ranks);
    }

    /// <summary>
    /// Makes of the sums of gradients over a batch's rows those over all rows that were normalized with them, on other ranks too, in the
    /// measure in which the way back divides them by the batch's rows.
    /// </summary>
    public void SumOverRanks(int batch, Span<float> productSum, Span<float> gradientSum)
    {
        if (ranks is not null && !HasGhosts)
            Shared.Sum(productSum, gradientSum, batches[batch].OwnShare, ranks);
    }

    /// <summary>The weights of a batch's rows; empty where they do not count in the statistics.</summary>
    public ReadOnlySpan<float> WeightsOf(int batch)
    {
        var (start, rows) = chunks[batch];
        return weighted ? weights.AsSpan(start, rows) : [];
    }

    /// <summary>The rows of a batch in a matrix of all rows.</summary>
    public ReadOnlySpan<float> PartOf(ReadOnlySpan<float> matrix, int batch)
    {
        var (start, length) = RangeOf(batch, matrix.Length);
        return matrix.Slice(start, length);
    }

    /// <summary>The rows of a batch in a matrix of all rows; of an empty one, such as a gradient that nobody asks for, nothing.</summary>
    public Span<float> PartOf(Span<float> matrix, int batch)
    {
        var (start, length) = RangeOf(batch, matrix.Length);
        return matrix.Slice(start, length);
    }

    // Images behind a pooling are smaller than those in front of it.
    private (int Start, int Length) RangeOf(int batch, int length)
    {
        var (start, rows) = chunks[batch];
        var size = length / Math.Max(1, chunks.Rows);
        return (start * size, rows * size);
    }

    private void RequireTwoValues(ReadOnlySpan<float> x, ReadOnlySpan<float> rowWeights)
    {
        var count = x.Length / input.Channels;
        if (!rowWeights.IsEmpty)
            count = count / rowWeights.Length * (rowWeights.Length - rowWeights.Count(0f));
        if (count < 2)
            throw new ArgumentException(
                $"Batch norm needs at least 2 values per channel{(rowWeights.IsEmpty ? "" : " with a weight above 0")} to train, "
                + $"got {count} (layer '{site.Name}', input {input}). Use a larger batch; a trained network predicts single rows.");
    }
}
