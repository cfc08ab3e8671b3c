using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>One call of Fit: what was asked for, and where it reports to.</summary>
internal sealed record FitSession(
    NeuralNetworkOptions Options, LearningTask Task, int Seed, FitCancellation Cancellation, IChannel Channel)
{
    /// <summary>Of all rows that are read, those of validation data behind the others; null where there is no checkpoint.</summary>
    public RowFingerprint? Fingerprint { get; init; }

    /// <summary>Those that train together; null: one alone.</summary>
    public Ranks? Ranks => Options.Ranks is { Count: > 1 } several ? several : null;

    /// <inheritdoc cref="Agreement.IsFirst"/>
    public bool IsFirst => Ranks.IsFirst();

    /// <summary>What the options leave open is as these say; null while the rows are not known.</summary>
    public TrainingDefaults? Defaults { get; private init; }

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
        Ranks = Ranks,
        Augmentation = Options.Augmentation,
        Seed = Seed,
        EarlyStopping = Options.EarlyStopping,
        TimeLimit = Options.TimeLimit,
        SaveCheckpoint = IsFirst ? Saving : null,
        Description = Description,
        CheckpointEvery = Part is null ? Options.Checkpoint?.EveryEpochs ?? 1 : int.MaxValue,
        CheckpointEverySteps = Options.Checkpoint?.EverySteps,
        KeepOptimizerState = Options.KeepOptimizerState,
        IsCancelled = () => Cancellation.IsRequested,
        Warning = IsFirst ? Warn : null,
        EpochDone = IsFirst ? Report : null,
        BatchReportEvery = Options.BatchProgressEvery,
        BatchDone = IsFirst ? Options.BatchProgress : null,
    };

    private Action<Checkpoint>? Saving =>
        Options.Checkpoint is { } file ? checkpoint => CheckpointFile.Write(file.Path, checkpoint) : Part?.Save;

    /// <summary>The same for these training rows: what the options leave open is settled.</summary>
    public FitSession For(RowSource training)
    {
        var rows = (int)Math.Min(int.MaxValue, Ranks.All(training.Rows).Sum(ofRank => (long)ofRank));
        var defaults = Task.DefaultsFor(rows, training.IsSparse);
        return this with { Defaults = defaults, Options = defaults.Settle(Options, rows, Ranks?.Count ?? 1) };
    }

    /// <summary>Writes one line of information to the log, of rank 0: the others would say the same.</summary>
    public void Inform(string message)
    {
        if (IsFirst)
            MLNetInternals.Info(Channel, message);
    }

    /// <summary>Writes one line of warning to the log.</summary>
    public void Warn(string message) => MLNetInternals.Warning(Channel, message);

    private void Report(EpochReport report)
    {
        Inform(report.ToString());
        Options.Progress?.Invoke(report);
    }

    private static InvalidOperationException NotSettled() => new("Optimizer, epochs and batch size are settled when the rows are known.");
}
