using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
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
    private readonly CounterRandom random;
    private readonly TrainingState state;
    private readonly List<double> losses;   // of the epochs that are done, as a schedule wants them
    private readonly LayerActivity[] activities;
    private readonly int? expectedRows;
    private bool warned;
    private bool isOutOfTime;
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
        random = new CounterRandom((ulong)settings.Seed);
        losses = [.. state.Epochs.Select(ScheduleLoss)];
        if (settings.BatchDone is not null)
            network.Passes.KeepOutputs();
        activities = [.. network.Layers.Select((_, i) => new LayerActivity(network, i))];
    }

    private TrainingLoop(Checkpoint checkpoint, Loss loss, TrainingSettings settings)
        : this(checkpoint.Network, loss, settings, checkpoint.OptimizerState, checkpoint.State) => expectedRows = checkpoint.TrainingRows;

    /// <summary>
    /// Goes on with the network of a checkpoint as if it had never stopped: with the same settings and data the end is the same, bit for
    /// bit.
    /// </summary>
    /// <exception cref="ArgumentException">Seed, batch size or optimizer are others than those of the checkpoint.</exception>
    public static TrainingLoop Resume(Checkpoint checkpoint, Loss loss, TrainingSettings settings)
    {
        RequireSame("seed", checkpoint.Seed, settings.Seed);
        RequireSame("batch size", checkpoint.BatchSize, settings.BatchSize);
        return new TrainingLoop(checkpoint, loss, settings);
    }

    /// <summary>Trains to the end, or to where the settings stop it. May be called once.</summary>
    /// <param name="training">At least 2 rows.</param>
    /// <param name="validation">Evaluated after every epoch, or null.</param>
    /// <exception cref="ArgumentException">The rows cannot train the network; or there is early stopping without validation.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not finite any more.</exception>
    public TrainingResult Run(RowSource training, RowSource? validation = null)
    {
        Check(training, validation);
        using var activity = TrainingTelemetry.Start(network, training.Rows);
        using var batches = training.InBatches(settings.BatchSize);
        using var validationBatches = validation?.InBatches(settings.BatchSize);
        var step = new TrainingStep(
            network, loss, rule, random, Math.Max(batches.Largest, validationBatches?.Largest ?? 0), settings.Augmentation);
        var clock = new TrainingClock(state, (long)settings.Epochs * batches.Count);

        var reason = StopReason.Completed;
        try
        {
            while (state.Epochs.Count < settings.LastEpoch && reason == StopReason.Completed)
            {
                Epoch(step, batches, validationBatches, clock);
                if (settings.EarlyStopping?.IsOver(losses) == true)
                    reason = StopReason.EarlyStopping;
            }
        }
        catch (OperationCanceledException) when (isOutOfTime || settings.IsCancelled())
        {
            reason = isOutOfTime ? StopReason.TimeLimit : StopReason.Cancelled;
        }

        if (reason == StopReason.Completed && HasDiverged())
            reason = StopReason.Diverged;
        else if (reason == StopReason.Completed && settings.LastEpoch == settings.Epochs
            && Convergence.WarningFor(state.Epochs, training.Rows) is { } warning)
            settings.Warning?.Invoke(warning);
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

    private void Epoch(TrainingStep step, Batches batches, Batches? validation, TrainingClock clock)
    {
        using var activity = TrainingTelemetry.StartEpoch();
        var epoch = state.Epochs.Count + 1;
        clock.StartEpoch();
        var meterOfZeros = lossOfZeros is null ? step.NewMeter() : null;
        var (trained, learningRate) = Train(step, batches, epoch, clock, meterOfZeros);
        lossOfZeros ??= meterOfZeros?.Loss;
        var rowsPerSecond = clock.RowsPerSecond(batches.Rows);
        var validated = validation is null ? null : Validate(step, validation, epoch, learningRate, clock);
        var report = new EpochReport(
            epoch, settings.Epochs, loss.MetricName, trained.Loss, trained.Metric, validated?.Loss, validated?.Metric,
            learningRate, rowsPerSecond, clock.Elapsed);

        activity.End(report);
        state.Epochs.Add(report);
        losses.Add(ScheduleLoss(report));
        if (validated is not null)
            KeepIfBest(epoch, validated.Loss);
        if (settings.SaveCheckpoint is { } save && (epoch % settings.CheckpointEvery == 0 || epoch == settings.LastEpoch))
            save(CheckpointOf(batches.Rows, clock.Elapsed));
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

    private Checkpoint CheckpointOf(int rows, TimeSpan elapsed) => new()
    {
        Seed = settings.Seed,
        BatchSize = settings.BatchSize,
        TrainingRows = rows,
        Network = network,
        OptimizerState = OptimizerState.Of(rule),
        State = new TrainingState { Epochs = state.Epochs, Steps = state.Steps, Best = state.Best, Before = elapsed },
        Description = settings.Description,
    };

    private (LossMeter Meter, float LearningRate) Train(
        TrainingStep step, Batches batches, int epoch, TrainingClock clock, LossMeter? meterOfZeros)
    {
        var meter = step.NewMeter();
        var (learningRate, rows, total) = (0f, 0L, (long)settings.Epochs * batches.Count);
        batches.Start(random.Derive(RandomStream.Shuffle).Derive((ulong)epoch));
        for (var number = 1; number <= batches.Count; number++)
        {
            ThrowIfOver(clock);
            var progress = new ScheduleProgress(ScheduledSteps(clock, total), total, losses);
            learningRate = (float)(settings.Optimizer.LearningRate * settings.Schedule.Factor(progress));
            var batch = batches.Next();
            var mean = step.Train(batch, ++state.Steps, learningRate, meter, meterOfZeros);
            if (!double.IsFinite(mean))
                throw new TrainingDivergedException(epoch, number, mean, learningRate);
            rows += batch.Rows;
            Telemetry.TrainingRows.Add(batch.Rows);
            if (settings.BatchDone is { } done && number % settings.BatchReportEvery == 0)
                done(new BatchReport(
                    epoch, settings.Epochs, number, batches.Count, meter.Loss, loss.MetricName, meter.Metric, learningRate,
                    clock.RowsPerSecond(rows), clock.Elapsed, clock.Remaining)
                {
                    Layers = activities,
                });
        }

        return (meter, learningRate);
    }

    private LossMeter Validate(TrainingStep step, Batches batches, int epoch, float learningRate, TrainingClock clock)
    {
        var meter = step.NewMeter();
        batches.Start(shuffle: null);
        for (var i = 0; i < batches.Count; i++)
        {
            ThrowIfOver(clock);
            step.Validate(batches.Next(), meter);
        }

        return double.IsFinite(meter.Loss) ? meter : throw new TrainingDivergedException(epoch, 0, meter.Loss, learningRate);
    }

    private void ThrowIfOver(TrainingClock clock)
    {
        settings.ThrowIfCancelled();
        isOutOfTime = clock.Elapsed >= settings.TimeLimit;
        if (isOutOfTime)
            throw new OperationCanceledException("The time limit was reached.");
    }

    // A time limit that comes before the last epoch moves the schedule on, so that it ends as it would have.
    private long ScheduledSteps(TrainingClock clock, long total) => settings.TimeLimit is { } limit
        ? Math.Max(state.Steps, (long)(total * Math.Min(1, clock.Elapsed / limit)))
        : state.Steps;

    private bool HasDiverged()
    {
        var kept = settings.EarlyStopping is not null && state.Best is { } best ? state.Epochs[best.Epoch - 1] : state.Epochs[^1];
        if (Divergence.WarningFor(kept, lossOfZeros) is not { } warning)
            return false;
        settings.Warning?.Invoke(warning);
        return true;
    }

    private void Warn()
    {
        if (warned || settings.Warning is null || Overfitting.WarningFor(state.Epochs) is not { } warning)
            return;
        warned = true;
        settings.Warning(warning);
    }

    private void Check(RowSource training, RowSource? validation)
    {
        CheckRows(training, nameof(training));
        if (validation is not null)
            CheckRows(validation, nameof(validation));
        if (training.Rows < 2)
            throw new ArgumentException($"Training needs at least 2 rows, got {training.Rows}.", nameof(training));
        if (settings.EarlyStopping is not null && validation is null)
            throw new ArgumentException("Early stopping needs validation rows. Set a validation fraction.", nameof(validation));
        if (expectedRows is { } expected && expected != training.Rows)
            throw new ArgumentException($"The checkpoint was trained on {expected} rows, these are {training.Rows}.", nameof(training));
    }

    private void CheckRows(RowSource rows, string name)
    {
        if (rows.Inputs != network.InputShape.Size)
            throw new ArgumentException($"The network takes {network.InputShape.Size} features, the {name} rows have {rows.Inputs}.", name);
        if (rows.TotalWeight == 0)
            throw new ArgumentException($"There are {rows.Rows} {name} rows and their weights sum to 0. At least one must count.", name);
    }
}
