namespace MLNet.BatchNorm.Core.Training;

/// <summary>Notices a training that ended while it was still learning.</summary>
internal static class Convergence
{
    private const double LeastShare = 0.1;
    private const double LeastFall = 0.01;

    // Losses of rows deviate about as much as their mean, so the difference of two epochs by sqrt(2 / rows) of it: five times that.
    private const double SharesOfNoise = 7;

    /// <summary>By which share of itself the loss of an epoch may differ from that of another, though nothing changed.</summary>
    public static double NoiseOf(long rows) => SharesOfNoise / Math.Sqrt(rows);

    /// <summary>
    /// A warning if the last epoch still took more off the training loss than noise explains, 10 % and 0.01 at least, and the validation
    /// loss, if there is one, fell too; else null.
    /// </summary>
    /// <param name="epochs">All that are done.</param>
    /// <param name="rows">Number of training rows.</param>
    public static string? WarningFor(IReadOnlyList<EpochReport> epochs, long rows)
    {
        if (epochs is not [.., var before, var last]
            || last.TrainingLoss > (1 - Math.Max(LeastShare, NoiseOf(rows))) * before.TrainingLoss
            || before.TrainingLoss - last.TrainingLoss < LeastFall
            || last.ValidationLoss >= before.ValidationLoss)
            return null;
        return FormattableString.Invariant($"Training ended before it had converged: the last of {epochs.Count} epochs took the training ")
            + FormattableString.Invariant($"loss from {before.TrainingLoss:F4} to {last.TrainingLoss:F4}. ")
            + FormattableString.Invariant($"Set the option Epochs to more, for example {2 * epochs.Count}.");
    }
}
