namespace MLNet.BatchNorm.Core.Training;

/// <summary>Notices when training and validation part ways.</summary>
internal static class Overfitting
{
    private const int EpochsSinceBest = 3;
    private const double Rise = 1.1;

    /// <summary>
    /// A warning if the validation loss is 10 % above its lowest, which is 3 epochs ago or more, while the training loss went on falling;
    /// else null.
    /// </summary>
    public static string? WarningFor(IReadOnlyList<EpochReport> epochs)
    {
        if (epochs.Count == 0 || epochs[^1] is not { ValidationLoss: { } validationLoss } last)
            return null;
        var best = epochs.MinBy(epoch => epoch.ValidationLoss)!;
        if (last.Epoch - best.Epoch < EpochsSinceBest
            || validationLoss < Rise * best.ValidationLoss
            || last.TrainingLoss >= best.TrainingLoss)
            return null;
        return FormattableString.Invariant($"The network learns its training rows by heart: since epoch {best.Epoch} the validation loss ")
            + FormattableString.Invariant($"rose from {best.ValidationLoss:F4} to {validationLoss:F4}, while the training loss fell from ")
            + FormattableString.Invariant($"{best.TrainingLoss:F4} to {last.TrainingLoss:F4}. Set EarlyStopping, WeightDecay of the ")
            + "option Optimizer or Dropout in the Network, or use a smaller network or more rows.";
    }
}
