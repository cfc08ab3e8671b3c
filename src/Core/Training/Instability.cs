namespace MLNet.BatchNorm.Core.Training;

/// <summary>Notices a training that ended with a loss that it had been well below before.</summary>
internal static class Instability
{
    private const double LeastRise = 0.5;
    private const double LeastShareOfZeros = 0.1;

    /// <summary>
    /// A warning if the training loss rose by half since its lowest, by more than noise explains, and by a tenth of what a network whose
    /// output is always 0 has; else null.
    /// </summary>
    /// <param name="epochs">All up to the one whose weights are kept; one at least.</param>
    /// <param name="rows">Number of training rows.</param>
    /// <param name="lossOfZeros">As <see cref="Divergence"/> takes it.</param>
    /// <param name="learningRate">That of the optimizer.</param>
    public static string? WarningFor(IReadOnlyList<EpochReport> epochs, long rows, double? lossOfZeros, float learningRate)
    {
        if (lossOfZeros is not > 0)
            return null;
        var (lowest, last) = (epochs.MinBy(epoch => epoch.TrainingLoss)!, epochs[^1]);
        var least = Math.Max(LeastRise, Convergence.NoiseOf(rows)) * Math.Abs(lowest.TrainingLoss);
        return last.TrainingLoss - lowest.TrainingLoss < Math.Max(least, LeastShareOfZeros * lossOfZeros.Value)
            ? null
            : FormattableString.Invariant($"Training did not settle: the training loss was {lowest.TrainingLoss:F4} in epoch ")
              + FormattableString.Invariant($"{lowest.Epoch} and is {last.TrainingLoss:F4} in epoch {last.Epoch}. Lower LearningRate of ")
              + FormattableString.Invariant($"the option Optimizer (it is {learningRate:G4}) or set its ClipNorm, or set a Schedule that ")
              + "ends with a low rate; ValidationFraction with EarlyStopping keeps the best epoch.";
    }
}
