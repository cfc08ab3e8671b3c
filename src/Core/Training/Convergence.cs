namespace MLNet.BatchNorm.Core.Training;

/// <summary>Notices a training that ended while it was still learning.</summary>
internal static class Convergence
{
    private const double Fall = 0.1;
    private const double LeastFall = 0.01;

    /// <summary>
    /// A warning if the last epoch still took 10 % off the training loss, and at least 0.01, and off the validation loss if there is one;
    /// else null.
    /// </summary>
    public static string? WarningFor(IReadOnlyList<EpochReport> epochs)
    {
        if (epochs is not [.., var before, var last]
            || !Falls(before.TrainingLoss, last.TrainingLoss)
            || (before.ValidationLoss is { } validationBefore && !Falls(validationBefore, last.ValidationLoss!.Value)))
            return null;
        return FormattableString.Invariant($"Training ended before it had converged: the last of {epochs.Count} epochs took the training ")
            + FormattableString.Invariant($"loss from {before.TrainingLoss:F4} to {last.TrainingLoss:F4}. Set more Epochs.");
    }

    private static bool Falls(double from, double to) => to < (1 - Fall) * from && from - to >= LeastFall;
}
