using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Trains a network: every epoch goes through the shuffled batches, and every batch is one step. A network that was trained before goes on
/// from where it is. Equal seeds and data give equal networks, bit for bit.
/// </summary>
internal sealed class TrainingLoop
{
    private readonly Network network;
    private readonly Loss loss;
    private readonly TrainingSettings settings;
    private readonly UpdateRule rule;
    private readonly TrainingState state;
    private readonly List<double> losses;   // of the epochs that are done, as a schedule wants them
    private readonly IReadOnlyList<int>? expectedRows;
    private IReadOnlyList<int> rowsOfRanks = [];
    private bool warned;
    private double? lossOfZeros;   // over the training rows, from the first epoch of this run

    /// <param name="network">The network; weights, gamma, beta and running statistics are where training starts.</param>
    /// <param name="loss">What is made small.</param>
    /// <param name="settings">How.</param>
    /// <param name="optimizerState">What the optimizer remembers of an earlier training; null: nothing.</param>
    /// <exception cref="ArgumentException">The optimizer state is of another optimizer or network.</exception>
    public TrainingLoop(Network network, Loss loss, TrainingSettings settings, OptimizerState? optimizerState = null)
        : this(network, loss, settings, optimizerState, new TrainingState())
    {
    }

    private TrainingLoop(Network network, Loss loss, TrainingSettings settings, OptimizerState? optimizerState, TrainingState state)
    {
        this.network = network;
        this.loss = loss;
        this.settings = settings;
        this.state = state;
        rule = settings.RuleOver(network);
        optimizerState?.RestoreTo(rule);
        losses = [.. state.Epochs.Select(ScheduleLoss)];
        if (settings.BatchDone is not null)
            network.Passes.KeepOutputs();
    }

    private TrainingLoop(Checkpoint checkpoint, Loss loss, TrainingSettings settings)
        : this(checkpoint.Network, loss, settings, checkpoint.OptimizerState, checkpoint.State) => expectedRows = checkpoint.TrainingRows;

    /// <summary>
    /// Goes on with the network of a checkpoint as if it had never stopped: with the same settings and data the end is the same, bit for
    /// bit.
    /// </summary>
    /// <exception cref="ArgumentException">Seed, batch size, ranks or optimizer are others than those of the checkpoint.</exception>
    public static TrainingLoop Resume(Checkpoint checkpoint, Loss loss, TrainingSettings settings)
    {
        RequireSame("seed", checkpoint.Seed, settings.Seed);
        RequireSame("batch size", checkpoint.BatchSize, settings.BatchSize);
        checkpoint.RequireRanks(settings.Ranks);
        return new TrainingLoop(checkpoint, loss, settings);
    }

    /// <summary>Trains to the end, or to where the settings stop it. May be called once.</summary>
    /// <param name="training">At least 2 rows.</param>
    /// <param name="validation">Evaluated after every epoch, or null.</param>
    /// <exception cref="ArgumentException">The rows cannot train the network; or there is early stopping without validation.</exception>
    /// <exception cref="InvalidOperationException">The ranks do not train the same network.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not finite any more.</exception>
    public TrainingResult Run(RowSource training, RowSource? validation = null)
    {
        TrainingChecks.Require(network, loss, settings, state, training, validation, rule);
        rowsOfRanks = settings.Ranks.All(training.Rows);
        RequireExpectedRows();
        using var activity = TrainingTelemetry.Start(network, training.Rows);
        using var batches = training.InBatches(settings.RowsPerRank);
        using var validationBatches = validation?.InBatches(settings.RowsPerRank);
        foreach (var warning in TrainingChecks.WarningsFor(settings.Ranks, Simd.Lanes, batches.Count))
            settings.Warning?.Invoke(warning);
        var step = new TrainingStep(
            network, loss, rule, settings.Random, Math.Max(batches.Largest, validationBatches?.Largest ?? 0), settings.Augmentation,
            settings.Ranks);
        var epoch = new TrainingEpoch(network, loss, settings, state, step, batches, validationBatches);

        var reason = StopReason.Completed;
        try
        {
            while (state.Epochs.Count < settings.LastEpoch && reason == StopReason.Completed)
            {
                Run(epoch, step);
                if (settings.EarlyStopping?.IsOver(losses) == true)
                    reason = StopReason.EarlyStopping;
            }
        }
        catch (OperationCanceledException) when (epoch.StopReason is not null || settings.IsCancelled())
        {
            reason = epoch.StopReason ?? StopReason.Cancelled;
        }

        if (reason == StopReason.Completed && EndWarning() is { } end)
        {
            settings.Warning?.Invoke(end.Warning);
            reason = end.Reason;
        }

        if (state.Best is { } best && (reason != StopReason.Completed || settings.EarlyStopping is not null))
            network.CopyFrom(best.Network);
        activity.End(reason);
        var optimizerState = settings.KeepOptimizerState ? OptimizerState.Of(rule) : null;
        return new TrainingResult(new TrainingHistory(state.Epochs), reason, state.Best?.Epoch, optimizerState);
    }

    private static void RequireSame(string setting, int saved, int now)
    {
        if (saved != now)
            throw new ArgumentException(
                $"The checkpoint was trained with {setting} {saved}, the settings have {now}. Resume with the same {setting}.");
    }

    private static double ScheduleLoss(EpochReport report) => report.ValidationLoss ?? report.TrainingLoss;

    private void Run(TrainingEpoch epoch, TrainingStep step)
    {
        using var activity = TrainingTelemetry.StartEpoch();
        var number = state.Epochs.Count + 1;
        var meterOfZeros = lossOfZeros is null ? step.NewMeter() : null;
        var (trained, learningRate, rowsPerSecond) = epoch.Train(
            number, losses, meterOfZeros, unfinished => settings.SaveCheckpoint?.Invoke(CheckpointOf(epoch.Elapsed, unfinished)));
        lossOfZeros ??= meterOfZeros?.Over(settings.Ranks).Loss;
        var validated = epoch.Validate(number, learningRate);
        var report = new EpochReport(
            number, settings.Epochs, loss.MetricName, trained.Loss, trained.Metric, validated?.Loss, validated?.Metric,
            learningRate, rowsPerSecond, epoch.Elapsed);

        activity.End(report);
        state.Epochs.Add(report);
        losses.Add(ScheduleLoss(report));
        if (validated is not null)
            KeepIfBest(number, validated.Loss);
        if (number % settings.CheckpointEvery == 0 || number == settings.LastEpoch || state.Steps % settings.CheckpointEverySteps == 0)
            settings.SaveCheckpoint?.Invoke(CheckpointOf(epoch.Elapsed));
        settings.EpochDone?.Invoke(report);
        Warn();
    }

    private void KeepIfBest(int epoch, double validationLoss)
    {
        if (state.Best is { } best)
        {
            if (validationLoss >= best.Loss)
                return;
            best.Network.CopyFrom(network);
        }

        state.Best = new BestEpoch(epoch, validationLoss, state.Best?.Network ?? network.CopyAs(network.Definition));
    }

    private Checkpoint CheckpointOf(TimeSpan elapsed, UnfinishedEpoch? unfinished = null) => new()
    {
        Seed = settings.Seed,
        BatchSize = settings.BatchSize,
        TrainingRows = rowsOfRanks,
        Network = network,
        OptimizerState = OptimizerState.Of(rule),
        State = new TrainingState
        {
            Epochs = state.Epochs,
            Steps = state.Steps,
            Unfinished = unfinished,
            Best = state.Best,
            Before = elapsed,
        },
        Description = settings.Description,
    };

    private (string Warning, StopReason Reason)? EndWarning()
    {
        var kept = settings.EarlyStopping is not null && state.Best is { } best ? best.Epoch : state.Epochs.Count;
        var learningRate = settings.Optimizer.LearningRate;
        if (Divergence.WarningFor(state.Epochs[kept - 1], lossOfZeros, learningRate) is { } divergence)
            return (divergence, StopReason.Diverged);
        if (settings.LastEpoch < settings.Epochs)
            return null;
        var rows = rowsOfRanks.Sum(ofRank => (long)ofRank);
        var warning = Instability.WarningFor([.. state.Epochs.Take(kept)], rows, lossOfZeros, learningRate)
            ?? Convergence.WarningFor(state.Epochs, rows);
        return warning is null ? null : (warning, StopReason.Completed);
    }

    private void Warn()
    {
        if (warned || settings.Warning is null || Overfitting.WarningFor(state.Epochs) is not { } warning)
            return;
        warned = true;
        settings.Warning(warning);
    }

    private void RequireExpectedRows()
    {
        if (expectedRows is null || expectedRows.SequenceEqual(rowsOfRanks))
            return;
        throw new ArgumentException(
            $"The checkpoint was trained on {Text(expectedRows)} rows, these are {Text(rowsOfRanks)}.");

        static string Text(IEnumerable<int> rows) => string.Join(" + ", rows);
    }
}
