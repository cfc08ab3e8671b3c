using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// Batch renormalization (Ioffe, 2017, arXiv:1702.03275): training normalizes with the batch, then corrects towards the running statistics:
/// xHat = (x - batchMean) / batchStd * r + d, with r = batchStd / runningStd clipped to [1 / RMax, RMax] and
/// d = (batchMean - runningMean) / runningStd clipped to [-DMax, DMax]. No gradient flows through r and d. The running statistics are
/// those before the batch, and std = sqrt(variance + epsilon).
/// </summary>
/// <remarks>
/// The limits start at 1 and 0, which is batch normalization, and after <see cref="WarmupBatches"/> grow linearly; defaults are the
/// paper's. It needs running statistics worth correcting to: where an epoch has few batches, shorten the schedule.
/// </remarks>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(batchSize: 8, epochs: 5, network: net => net
///     .Dense(32)
///     .Add(new BatchNormDefinition
///     {
///         Renormalization = new BatchRenormalization
///         {
///             WarmupBatches = 20, RMaxReachedAfter = 60, DMaxReachedAfter = 60,
///         },
///     })
///     .Relu());
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public sealed record BatchRenormalization
{
    /// <summary>The largest r; at least 1, default 3.</summary>
    public float RMax { get; init => field = Require.AtLeast(1, Require.Finite(value)); } = 3;

    /// <summary>The largest |d|; 0 or more, default 5.</summary>
    public float DMax { get; init => field = Require.NotNegative(value); } = 5;

    /// <summary>Batches of plain batch normalization at the start; 0 or more, default 5,000.</summary>
    public int WarmupBatches { get; init => field = Require.NotNegative(value); } = 5_000;

    /// <summary>
    /// After how many batches the limit of r is <see cref="RMax"/>; default 40,000. If that is in the warmup: right after it.
    /// </summary>
    public int RMaxReachedAfter { get; init => field = Require.NotNegative(value); } = 40_000;

    /// <summary>
    /// After how many batches the limit of d is <see cref="DMax"/>; default 25,000. If that is in the warmup: right after it.
    /// </summary>
    public int DMaxReachedAfter { get; init => field = Require.NotNegative(value); } = 25_000;

    /// <summary>The limits for the batch that comes after <paramref name="batches"/> others.</summary>
    internal (double R, double D) LimitsAfter(long batches) =>
        (1 + Progress(batches, RMaxReachedAfter) * (RMax - 1.0), Progress(batches, DMaxReachedAfter) * DMax);

    private double Progress(long batches, int reachedAfter)
    {
        if (batches < WarmupBatches)
            return 0;
        return batches >= reachedAfter ? 1 : (double)(batches - WarmupBatches) / (reachedAfter - WarmupBatches);
    }
}
