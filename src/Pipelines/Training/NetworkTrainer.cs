using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Transforms;
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
        CheckValidation();
        using var threads = RowPartition.Limit(options.NumberOfThreads ?? RowPartition.MaxThreads);
        var columns = TrainingColumns.Of(input.Schema, options, task);
        var head = task.HeadFor(columns.Label);
        if (previousModelParameters is not null)
            CheckPrevious(previousModelParameters, columns, head);
        var definition = previousModelParameters?.Definition ?? Definition(head.Outputs);
        columns = columns with { Layout = previousModelParameters?.Layout ?? FeatureLayout.Of(columns.Features, options, definition) };
        var validationColumns = ValidationColumns(columns, head);
        var checkpoint = options.ResumeFrom is { } path ? Checkpoint.Read(path) : null;
        var network = previousModelParameters is { } previous
            ? CopyOf(previous.Network)
            : new Network(definition, columns.Layout.Shape, seed, options.Initializer);
        if (checkpoint is not null)
            network = Resumed(checkpoint, network);

        using var channel = host.Start(nameof(Fit));
        var training = Read(input, columns, channel);
        var validation = options.ValidationData is { } data ? Read(data, validationColumns, channel) : null;
        if (options.ValidationFraction > 0)
            (training, validation) = training.Split(options.ValidationFraction, seed);
        if (options.ClassWeights is { } weights)
        {
            var classes = task.ClassCount(columns.Label)
                ?? throw new ArgumentException("The option ClassWeights needs a label that is a class. Use ExampleWeightColumnName here.");
            (training, validation) = (weights.Apply(training, classes), validation is null ? null : weights.Apply(validation, classes));
        }

        var result = task.StandardizesTargets
            ? TrainStandardized(network, goesOn: previousModelParameters is not null && checkpoint is null, training, validation, checkpoint, channel)
            : Train(network, training, validation, checkpoint, channel);
        var model = new NeuralNetworkModelParameters(network, columns.Layout, head, result.History, result.StopReason, result.BestEpoch);
        return new NeuralNetworkPredictionTransformer(options.FeatureColumnName, model);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var label = TrainingColumns.CheckLabel(inputSchema, options, task);
        return inputSchema.With(task.Promise(label));
    }

    private void CheckValidation()
    {
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
                $"ValidationData has {columns.FeatureCount} features in column '{options.FeatureColumnName}', the training data {training.FeatureCount}.");
        training.Layout.Check(columns.Features);
        return task.HeadFor(columns.Label).SharesLabelsWith(head)
            ? columns with { Layout = training.Layout }
            : throw new ArgumentException(
                $"Column '{options.LabelColumnName}' of ValidationData has other key values than in the training data. Map both with one fitted MapValueToKey.");
    }

    private void CheckPrevious(NeuralNetworkModelParameters previousModelParameters, TrainingColumns columns, PredictionHead head)
    {
        if (previousModelParameters.InputCount != columns.FeatureCount)
            throw new ArgumentException(
                $"The previous model was trained on {previousModelParameters.InputCount} features, column '{columns.Features.Name}' has {columns.FeatureCount}.",
                nameof(previousModelParameters));
        previousModelParameters.Layout.RequireSame(options);
        previousModelParameters.Layout.Check(columns.Features);
        if (!head.SharesLabelsWith(previousModelParameters.Head))
            throw new ArgumentException(
                $"The previous model was trained for other labels than those of column '{columns.Label.Name}': it cannot learn new ones. " +
                "Map the column with the MapValueToKey that was fitted for it, and use the same kind of trainer.",
                nameof(previousModelParameters));
    }

    // The model must go on predicting as it does, and training changes the network.
    private static Network CopyOf(Network trained)
    {
        var copy = new Network(trained.Definition, trained.InputShape, seed: 0);
        copy.CopyFrom(trained);
        return copy;
    }

    private static Network Resumed(Checkpoint checkpoint, Network expected) => checkpoint.Network.ToString() == expected.ToString()
        ? checkpoint.Network
        : throw new ArgumentException(
            $"The checkpoint has other layers than the options ask for. Resume with the same Network. Checkpoint:\n{checkpoint.Network}\nOptions:\n{expected}");

    private NetworkDefinition Definition(int outputs)
    {
        var hidden = options.Network(NetworkDefinition.Empty)
            ?? throw new InvalidOperationException("The function in the option Network returned null. It must return the definition it builds, as net => net.Dense(64).");
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
                channel, $"{stream.WithMissingFeatures} rows with missing or infinite values in column '{columns.Features.Name}' were left out.");
        if (rows is StreamedRows)
            MLNetInternals.Info(channel, $"The {rows.Rows} rows do not fit into {options.MemoryBudget} bytes: every epoch reads them again.");
        return rows;
    }

    private TrainingResult TrainStandardized(Network network, bool goesOn, RowSource training, RowSource? validation, Checkpoint? checkpoint, IChannel channel)
    {
        var scale = TargetScale.Of(training);
        if (goesOn)
            scale.TakeOutOf(network);
        var result = Train(network, training.WithTargets(scale.Standardize), validation?.WithTargets(scale.Standardize), checkpoint, channel);
        scale.MoveInto(network);
        return result;
    }

    private TrainingResult Train(Network network, RowSource training, RowSource? validation, Checkpoint? checkpoint, IChannel channel)
    {
        var settings = new TrainingSettings
        {
            Optimizer = options.Optimizer,
            Schedule = options.Schedule,
            Epochs = options.Epochs,
            BatchSize = options.BatchSize,
            Seed = seed,
            EarlyStopping = options.EarlyStopping,
            Checkpoint = options.Checkpoint,
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
        var loop = checkpoint is null
            ? new TrainingLoop(network, task.Loss(options), settings)
            : TrainingLoop.Resume(checkpoint, task.Loss(options), settings);
        var result = loop.Run(training, validation);
        if (options.PreciseStatisticsRows is { } rows && result.StopReason != StopReason.Cancelled)
            PreciseStatistics.Recompute(network, training, rows, options.BatchSize, seed);
        if (result.StopReason != StopReason.Completed)
            MLNetInternals.Info(channel, EarlyEnd(result));
        return result;
    }

    private static string EarlyEnd(TrainingResult result)
    {
        var reason = result.StopReason == StopReason.Cancelled ? "was cancelled" : "stopped early";
        var kept = result.BestEpoch is { } best ? $"the weights of epoch {best}, whose validation loss was lowest" : "what was learned up to then";
        return $"Training {reason} after {result.History.Count} epochs; the model has {kept}.";
    }
}
