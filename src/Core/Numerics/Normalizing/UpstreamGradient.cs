namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The gradient behind batch normalization of some values, for sums over it: in memory or, in front of max pooling, made piece by piece as
/// it is read, so that it comes from the cache.
/// </summary>
internal unsafe struct UpstreamGradient<TVector>
    where TVector : struct, ISimd<TVector>
{
    private readonly BatchNormPooling<TVector> pooling;
    private readonly float* dy;
    private int row;
    private nint made;

    /// <param name="operands">The pass; without a gradient for moments.</param>
    /// <param name="first">The first of the values, by its distance from the first of all.</param>
    /// <param name="end">Behind the last of them.</param>
    public UpstreamGradient(BatchNormOperands operands, nint first, nint end)
    {
        dy = operands.Dy;
        made = nint.MaxValue;
        if (operands.Pooled.Dy == null)
            return;
        pooling = new BatchNormPooling<TVector>(operands);
        row = pooling.RowOver(first);
        made = pooling.FirstUnder(row);
        // Whole rows of windows, at the distances that they have in all images.
        dy = ScratchBuffer.Result.AtLeast((int)(pooling.FirstUnder(pooling.RowOver(end - 1) + 1) - made)) - made;
    }

    /// <summary>
    /// The gradient by all values, of which those from the first to <paramref name="end"/> are there until another gradient is made on this
    /// thread; null for moments.
    /// </summary>
    public float* Until(nint end)
    {
        while (made < end)
        {
            pooling.Backward(row, dy, sharesAlone: true);
            made = pooling.FirstUnder(++row);
        }

        return dy;
    }
}
