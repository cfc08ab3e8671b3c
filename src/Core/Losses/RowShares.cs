namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// The share of each row of a batch in its mean loss: weight / sum of weights, or 1 / rows without weights. All 0 where the weights sum
/// to 0.
/// </summary>
internal readonly ref struct RowShares
{
    private readonly ReadOnlySpan<float> weights;
    private readonly double total;

    public RowShares(ReadOnlySpan<float> weights, int rows)
    {
        this.weights = weights;
        total = rows;
        if (weights.IsEmpty)
            return;
        total = 0;
        foreach (var weight in weights)
            total += weight;
    }

    public double this[int row] => total == 0 ? 0 : (weights.IsEmpty ? 1 : weights[row]) / total;
}
