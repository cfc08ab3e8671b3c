using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>What the trainers of all tasks have in common: from a data view to a trained network.</summary>
internal sealed class NetworkTrainer
{
    private readonly IHost host;
    private readonly NeuralNetworkOptions options;
    private readonly LearningTask task;
    private readonly int seed;

    public NetworkTrainer(IHostEnvironment environment, string name, NeuralNetworkOptions options, LearningTask task)
    {
        ArgumentNullException.ThrowIfNull(options);
        host = environment.Register(name);
        this.options = options;
        this.task = task;
        seed = options.Seed ?? host.Rand.Next();
    }

    public NeuralNetworkPredictionTransformer Fit(
        IDataView input, NeuralNetworkModelParameters? previousModelParameters, TrainingPart? part = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        task.Check(options);
        CheckValidation();
        if (previousModelParameters is null)
            CheckFreezing();
        using var claim = options.Checkpoint is { } file && options.Ranks.IsFirst() ? new CheckpointClaim(file.Path) : null;
        using var threads = LimitThreads();
        using var channel = host.Start(nameof(Fit));
        var session = SessionOver(channel) with { Part = part };
        if ((options.Checkpoint, options.ResumeFrom, part) is not (null, null, null))
            session = session with { Fingerprint = new RowFingerprint() };
        var start = TrainingStart.Of(input.Schema, session, previousModelParameters);
        RankAgreement.Require(start, session, previousModelParameters);
        var checkpoint = options.ResumeFrom is { } path ? ResumedTraining.Read(path) : part?.From;
        var (training, validation) = TrainingRows.ReadWithValidation(input, start, session);
        session.Cancellation.IsLeftToTheLoop = session.Ranks is not null;
        session = session.For(training);
        start = start.On(training, session);
        if (session.Fingerprint is not null)
            session = session with { Description = ResumedTraining.Describe(start, training, validation, session) };
        if (checkpoint is not null)
            start = start.ResumedFrom(checkpoint, session);
        Freeze(start.Network);
        var result = TrainingRun.Train(start, training, validation, session);
        // A copy has none of the memory that training needed.
        var model = new NeuralNetworkModelParameters(start.Network.Copy(), start.Columns.Layout, start.Head, result);
        return new NeuralNetworkPredictionTransformer(options.FeatureColumnName, model);
    }

    public LearningRateCurve FindLearningRate(IDataView input, float lowest, float highest, int steps)
    {
        ArgumentNullException.ThrowIfNull(input);
        task.Check(options);
        CheckFreezing();
        if (options.Ranks is { Count: > 1 })
            throw new ArgumentException("FindLearningRate runs alone. Leave out the option Ranks, and give it some of the rows.");
        using var threads = LimitThreads();
        using var channel = host.Start(nameof(FindLearningRate));
        var session = SessionOver(channel);
        var start = TrainingStart.Of(input.Schema, session, previousModelParameters: null);
        var rows = TrainingRows.Read(input, start, session);
        session = session.For(rows);
        start = start.On(rows, session);
        Freeze(start.Network);
        if (task.TargetScaleOf(rows, options, session.Ranks) is { } scale)
            rows = rows.WithTargets(scale.Standardize);
        return LearningRateFinder.Run(start.Network, task.Loss(options), session.Settings, rows, lowest, highest, steps);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var label = TrainingColumns.CheckLabel(inputSchema, options, task);
        return inputSchema.With(task.Promise(label));
    }

    private FitSession SessionOver(IChannel channel)
    {
        var session = new FitSession(options, task, seed, new FitCancellation(host, options.CancellationToken), channel);
        return session with { Seed = session.Ranks.All(seed)[0] };   // each rank may have drawn one
    }

    private BlockRunner.ThreadLimit LimitThreads() => BlockRunner.Limit(options.NumberOfThreads ?? BlockRunner.Threads);

    private void Freeze(Network network)
    {
        if (options.FreezeThrough is { } layer)
            network.FreezeThrough(layer);
    }

    private void CheckFreezing()
    {
        if (options.Pretrained is null && (options.FreezeBatchNorm, options.FreezeThrough) is not (null, null))
            throw new ArgumentException(
                "The options FreezeBatchNorm and FreezeThrough say what stays of a previous model or a pretrained network, and there is "
                + "none. Give it to Fit(data, previousModelParameters) or to the option Pretrained, or leave them out.");
    }

    private void CheckValidation()
    {
        if (options is { ValidationData: not null, ValidationFraction: > 0 })
            throw new ArgumentException("Both ValidationData and ValidationFraction are set. Set one of them.");
        if (options is { EarlyStopping: not null, ValidationData: null, ValidationFraction: 0 })
            throw new ArgumentException("The option EarlyStopping needs validation rows. Set ValidationFraction or ValidationData.");
    }
}
