namespace MLNet.BatchNorm.Core.Training;

/// <summary>Notices a training that blew up with a loss that is still a number.</summary>
internal static class Divergence
{
    // A network that has learned nothing yet, with first weights that suit its inputs, has less than twice the loss of output 0.
    private const double Factor = 3;

    /// <summary>
    /// A warning if the training loss of the epoch is more than three times that of a network whose output is always 0, which predicts
    /// all classes alike, or the mean; else null.
    /// </summary>
    /// <param name="epoch">The epoch whose weights are kept, or the last.</param>
    /// <param name="lossOfZeros">
    /// That loss over the training rows; where it is 0 or unknown (null), there is nothing to compare with.
    /// </param>
    /// <param name="learningRate">That of the optimizer: the schedule's may be low again where the harm is done.</param>
    public static string? WarningFor(EpochReport epoch, double? lossOfZeros, float learningRate) =>
        lossOfZeros is not > 0 || epoch.TrainingLoss <= Factor * lossOfZeros
            ? null
            : FormattableString.Invariant($"Training blew up: the training loss of epoch {epoch.Epoch} is {epoch.TrainingLoss:G4}, and ")
              + FormattableString.Invariant($"predicting the same for every row has {lossOfZeros:G4}. Lower LearningRate of the option ")
              + FormattableString.Invariant($"Optimizer (it is {learningRate:G4}), which FindLearningRate finds, or set its ClipNorm; and ")
              + "see that the features are on one scale, as with NormalizeFeatures.";
}
