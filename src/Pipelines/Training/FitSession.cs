using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>One call of Fit: what was asked for, and where it reports to.</summary>
internal sealed record FitSession(
    NeuralNetworkOptions Options, LearningTask Task, int Seed, FitCancellation Cancellation, IChannel Channel)
{
    /// <summary>What checkpoints are known by; null while that is not known.</summary>
    public TrainingDescription? Description { get; init; }

    /// <summary>The part of the training that is at hand; null: all of it.</summary>
    public TrainingPart? Part { get; init; }

    /// <summary>The options as the training loop takes them.</summary>
    public TrainingSettings Settings => new()
    {
        Optimizer = Options.Optimizer ?? throw NotSettled(),
        Schedule = Options.Schedule,
        LearningRateFactor = Options.LearningRateFactor,
        Epochs = Options.Epochs ?? throw NotSettled(),
        StopAfterEpoch = Part?.LastOf(Options.Epochs.Value),
        BatchSize = Options.BatchSize ?? throw NotSettled(),
        Augmentation = Options.Augmentation,
        Seed = Seed,
        EarlyStopping = Options.EarlyStopping,
        TimeLimit = Options.TimeLimit,
        SaveCheckpoint = Options.Checkpoint is { } file ? checkpoint => CheckpointFile.Write(file.Path, checkpoint) : Part?.Save,
        Description = Description,
        CheckpointEvery = Part is null ? Options.Checkpoint?.EveryEpochs ?? 1 : int.MaxValue,
        KeepOptimizerState = Options.KeepOptimizerState,
        IsCancelled = () => Cancellation.IsRequested,
        Warning = Warn,
        EpochDone = report =>
        {
            Inform(report.ToString());
            Options.Progress?.Invoke(report);
        },
        BatchReportEvery = Options.BatchProgressEvery,
        BatchDone = Options.BatchProgress,
    };

    /// <summary>The same for these training rows: what the options leave open is settled.</summary>
    public FitSession For(RowSource training) => this with { Options = Task.DefaultsFor(training).Settle(Options, training.Rows) };

    /// <summary>Writes one line of information to the log.</summary>
    public void Inform(string message) => MLNetInternals.Info(Channel, message);

    /// <summary>Writes one line of warning to the log.</summary>
    public void Warn(string message) => MLNetInternals.Warning(Channel, message);

    private static InvalidOperationException NotSettled() => new("Optimizer, epochs and batch size are settled when the rows are known.");
}
