using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Core.Training.Augmenting;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>What the trainers of all tasks have in common: from a data view to a trained network.</summary>
internal sealed class NetworkTrainer
{
    private readonly IHost host;
    private readonly NeuralNetworkOptions options;
    private readonly LearningTask task;
    private readonly FitCancellation cancellation;
    private readonly int seed;

    public NetworkTrainer(IHostEnvironment environment, string name, NeuralNetworkOptions options, LearningTask task)
    {
        ArgumentNullException.ThrowIfNull(options);
        host = environment.Register(name);
        this.options = options;
        this.task = task;
        cancellation = new FitCancellation(host, options.CancellationToken);
        seed = options.Seed ?? host.Rand.Next();
    }

    public NeuralNetworkPredictionTransformer Fit(IDataView input, NeuralNetworkModelParameters? previousModelParameters)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckOptions(previousModelParameters);
        using var threads = LimitThreads();
        var start = StartOf(input.Schema, previousModelParameters);
        var validationColumns = ValidationColumns(start.Columns, start.Head);
        var checkpoint = options.ResumeFrom is { } path ? CheckpointFile.Read(path) : null;
        if (checkpoint is not null)
            start = start with { Network = Resumed(checkpoint, start.Network), Previous = null };
        if (options.FreezeThrough is { } layer)
            start.Network.FreezeThrough(layer);

        using var channel = host.Start(nameof(Fit));
        var training = Read(input, start.Columns, channel);
        var validation = options.ValidationData is { } data ? Read(data, validationColumns, channel) : null;
        if (options.ValidationFraction > 0)
            (training, validation) = training.Split(options.ValidationFraction, seed);
        (training, validation) = (Weighted(training, start.Columns), validation is null ? null : Weighted(validation, start.Columns));

        var result = task.StandardizesTargets
            ? TrainStandardized(start, training, validation, checkpoint, channel)
            : Train(start, training, validation, checkpoint, channel);
        var model = new NeuralNetworkModelParameters(start.Network.Copy(), start.Columns.Layout, start.Head, result);
        return new NeuralNetworkPredictionTransformer(options.FeatureColumnName, model);
    }

    public LearningRateCurve FindLearningRate(IDataView input, float lowest, float highest, int steps)
    {
        ArgumentNullException.ThrowIfNull(input);
        task.Check(options);
        using var threads = LimitThreads();
        var start = StartOf(input.Schema, previousModelParameters: null);
        using var channel = host.Start(nameof(FindLearningRate));
        var rows = Weighted(Read(input, start.Columns, channel), start.Columns);
        if (task.StandardizesTargets)
            rows = rows.WithTargets(TargetScale.Of(rows).Standardize);
        return LearningRateFinder.Run(start.Network, task.Loss(options), Settings(channel), rows, lowest, highest, steps);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var label = TrainingColumns.CheckLabel(inputSchema, options, task);
        return inputSchema.With(task.Promise(label));
    }

    private BlockRunner.ThreadLimit LimitThreads() => BlockRunner.Limit(options.NumberOfThreads ?? NumericsThreads.Max);

    private TrainingStart StartOf(DataViewSchema schema, NeuralNetworkModelParameters? previousModelParameters)
    {
        var columns = TrainingColumns.Of(schema, options, task);
        var head = task.HeadFor(columns.Label);
        if (previousModelParameters is not null)
        {
            var previous = new PreviousModel(previousModelParameters, options, columns, head);
            return new TrainingStart(columns with { Layout = Augmentable(previous.Layout) }, head, previous.ToNetwork(seed), previous);
        }

        var definition = Definition(head.Outputs);
        columns = columns with { Layout = Augmentable(FeatureLayout.Of(columns.Features, options, definition)) };
        return new TrainingStart(columns, head, new Network(definition, columns.Layout.Shape, seed, options.Initializer), Previous: null);
    }

    private FeatureLayout Augmentable(FeatureLayout layout)
    {
        if (options.Augmentation is { } augmentation)
            Augmenter.RequireShape(augmentation, layout.Shape);
        return layout;
    }

    private void CheckOptions(NeuralNetworkModelParameters? previousModelParameters)
    {
        if (previousModelParameters is null && (options.FreezeBatchNorm, options.FreezeThrough) is not (null, null))
            throw new ArgumentException(
                "The options FreezeBatchNorm and FreezeThrough say what stays of a previous model, and there is none. "
                + "Give it to Fit(data, previousModelParameters), or leave them out.");
        task.Check(options);
        if (options is { ValidationData: not null, ValidationFraction: > 0 })
            throw new ArgumentException("Both ValidationData and ValidationFraction are set. Set one of them.");
        if (options is { EarlyStopping: not null, ValidationData: null, ValidationFraction: 0 })
            throw new ArgumentException("The option EarlyStopping needs validation rows. Set ValidationFraction or ValidationData.");
    }

    private TrainingColumns ValidationColumns(TrainingColumns training, PredictionHead head)
    {
        if (options.ValidationData is not { } data)
            return default;
        var columns = TrainingColumns.Of(data.Schema, options, task);
        if (columns.FeatureCount != training.FeatureCount)
            throw new ArgumentException(
                $"ValidationData has {columns.FeatureCount} features in column '{options.FeatureColumnName}', " +
                $"the training data {training.FeatureCount}.");
        training.Layout.Check(columns.Features);
        return task.HeadFor(columns.Label).SharesLabelsWith(head)
            ? columns with { Layout = training.Layout }
            : throw new ArgumentException(
                $"Column '{options.LabelColumnName}' of ValidationData has other key values than in the training data. " +
                "Map both with one fitted MapValueToKey.");
    }

    private static Network Resumed(Checkpoint checkpoint, Network expected) => checkpoint.Network.ToString() == expected.ToString()
        ? checkpoint.Network
        : throw new ArgumentException(
            "The checkpoint has other layers than the options ask for. Resume with the same Network. " +
            $"Checkpoint:\n{checkpoint.Network}\nOptions:\n{expected}");

    private NetworkDefinition Definition(int outputs)
    {
        var hidden = options.Network(NetworkDefinition.Empty)
            ?? throw new InvalidOperationException(
                "The function in the option Network returned null. It must return the definition it builds, as net => net.Dense(64).");
        return hidden.Dense(outputs);
    }

    private RowSource Read(IDataView input, TrainingColumns columns, IChannel channel)
    {
        var stream = new LabelledRows(input, columns, task, options.MissingFeatures, cancellation);
        var rows = RowSource.Read(stream, options.MemoryBudget);
        if (rows.Rows == 0)
            throw new InvalidOperationException(
                $"There is no row to train on: {stream.WithoutLabel} rows have no label in column '{columns.Label.Name}', " +
                $"{stream.WithMissingFeatures} miss features, and the others, if any, have weight 0.");
        if (stream.WithoutLabel > 0)
            MLNetInternals.Warning(channel, $"{stream.WithoutLabel} rows without a label in column '{columns.Label.Name}' were left out.");
        if (stream.WithMissingFeatures > 0)
            MLNetInternals.Warning(
                channel,
                $"{stream.WithMissingFeatures} rows with missing or infinite values in column '{columns.Features.Name}' were left out.");
        if (rows is StreamedRows)
            MLNetInternals.Info(
                channel, $"The {rows.Rows} rows do not fit into {options.MemoryBudget} bytes: every epoch reads them again.");
        return rows;
    }

    private RowSource Weighted(RowSource rows, TrainingColumns columns) =>
        options.ClassWeights is { } weights ? weights.Apply(rows, task.ClassCount(columns.Label)) : rows;

    private TrainingResult TrainStandardized(
        TrainingStart start, RowSource training, RowSource? validation, Checkpoint? checkpoint, IChannel channel)
    {
        var scale = TargetScale.Of(training);
        if (start.Previous is not null)
            scale.TakeOutOf(start.Network);
        var result = Train(start, training.WithTargets(scale.Standardize), validation?.WithTargets(scale.Standardize), checkpoint, channel);
        scale.MoveInto(start.Network);
        return result;
    }

    private TrainingResult Train(TrainingStart start, RowSource training, RowSource? validation, Checkpoint? checkpoint, IChannel channel)
    {
        var (settings, loss) = (Settings(channel), task.Loss(options));
        var loop = checkpoint is null
            ? new TrainingLoop(start.Network, loss, settings, options.KeepOptimizerState ? start.Previous?.OptimizerState : null)
            : TrainingLoop.Resume(checkpoint, loss, settings);
        var result = loop.Run(training, validation);
        if (options.PreciseStatisticsRows is { } rows && result.StopReason != StopReason.Cancelled)
            PreciseStatistics.Recompute(start.Network, training, rows, options.BatchSize, seed);
        if (result.StopReason != StopReason.Completed)
            MLNetInternals.Info(channel, EarlyEnd(result));
        return result;
    }

    private TrainingSettings Settings(IChannel channel) => new()
    {
        Optimizer = options.Optimizer,
        Schedule = options.Schedule,
        Epochs = options.Epochs,
        BatchSize = options.BatchSize,
        Augmentation = options.Augmentation,
        Seed = seed,
        EarlyStopping = options.EarlyStopping,
        SaveCheckpoint = options.Checkpoint is { } file ? checkpoint => CheckpointFile.Write(file.Path, checkpoint) : null,
        CheckpointEvery = options.Checkpoint?.EveryEpochs ?? 1,
        KeepOptimizerState = options.KeepOptimizerState,
        IsCancelled = () => cancellation.IsRequested,
        Warning = message => MLNetInternals.Warning(channel, message),
        EpochDone = report =>
        {
            MLNetInternals.Info(channel, report.ToString());
            options.Progress?.Invoke(report);
        },
        BatchReportEvery = options.BatchProgressEvery,
        BatchDone = options.BatchProgress,
    };

    private static string EarlyEnd(TrainingResult result)
    {
        var reason = result.StopReason == StopReason.Cancelled ? "was cancelled" : "stopped early";
        var kept = result.BestEpoch is { } best
            ? $"the weights of epoch {best}, whose validation loss was lowest"
            : "what was learned up to then";
        return $"Training {reason} after {result.History.Count} epochs; the model has {kept}.";
    }
}

/// <summary>Where a training starts.</summary>
/// <param name="Columns">What is read.</param>
/// <param name="Head">What is predicted.</param>
/// <param name="Network">What is trained.</param>
/// <param name="Previous">Whose network goes on; null: it starts anew, or from a checkpoint.</param>
internal sealed record TrainingStart(TrainingColumns Columns, PredictionHead Head, Network Network, PreviousModel? Previous);
