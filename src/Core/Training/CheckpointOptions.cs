using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>Where and how often training is written to a file from which it can be resumed. Immutable.</summary>
/// <remarks>
/// Before the first step, Fit tries whether the file can be written, and refuses a path that another training is using: as long as it runs,
/// there is a file with .lock behind the name, which a killed process leaves behind without harm.
/// </remarks>
/// <param name="Path">The file, in a folder that exists. It is replaced as a whole, so that it is valid at any time.</param>
/// <example>
/// <code>
/// var options = new NeuralNetworkOptions
/// {
///     Epochs = 6,
///     Seed = 1,
///     Checkpoint = new CheckpointOptions("training.checkpoint") { EveryEpochs = 2 },
/// };
/// var model = ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(data);
///
/// // In another process, if this one was ended: goes on behind the last epoch that was written.
/// var resumed = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(options with { ResumeFrom = "training.checkpoint" }).Fit(data);
/// </code>
/// </example>
public sealed record CheckpointOptions(string Path)
{
    /// <summary>The file, in a folder that exists. It is replaced as a whole, so that it is valid at any time.</summary>
    public string Path { get; init => field = Require.NotEmpty(value); } = Require.NotEmpty(Path);

    /// <summary>After how many epochs each time; positive; default 1. The last epoch is always written.</summary>
    public int EveryEpochs { get; init => field = Require.Positive(value); } = 1;

    /// <summary>
    /// After how many steps each time too, counted from the start of training; positive; for epochs that take long. Default null: after
    /// epochs alone.
    /// </summary>
    public int? EverySteps { get; init => field = value is null ? null : Require.Positive(value.Value); }
}
