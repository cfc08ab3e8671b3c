using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>The two parts of an epoch: a step for each training batch, then a look at the validation rows.</summary>
internal sealed class TrainingEpoch
{
    private readonly TrainingSettings settings;
    private readonly TrainingState state;
    private readonly TrainingClock clock;
    private readonly TrainingStop stop;
    private readonly TrainingStep step;
    private readonly StepThreads threads = new(TimeProvider.System);
    private readonly Batches batches;
    private readonly Batches? validation;
    private readonly int mostValidationBatches;
    private readonly CounterRandom shuffle;
    private readonly string metricName;
    private readonly IReadOnlyList<LayerActivity> activities;

    public TrainingEpoch(
        Network network, Loss loss, TrainingSettings settings, TrainingState state, TrainingStep step, Batches batches,
        Batches? validation)
    {
        this.settings = settings;
        this.state = state;
        this.step = step;
        this.batches = batches;
        this.validation = validation;
        metricName = loss.MetricName;
        shuffle = settings.Random.Derive(RandomStream.Shuffle);
        activities = [.. network.Layers.Select((_, i) => new LayerActivity(network, i))];
        Steps = settings.Ranks.All(batches.Count).Min();
        mostValidationBatches = settings.Ranks.All(validation?.Count ?? 0).Max();
        clock = new TrainingClock(state, TotalSteps);
        stop = new TrainingStop(settings, clock);
    }

    /// <summary>Steps of an epoch: as many as the rank with the fewest batches has.</summary>
    public int Steps { get; }

    /// <summary>Time since training began.</summary>
    public TimeSpan Elapsed => clock.Elapsed;

    /// <summary>Why training ended before its last step; null: it did not.</summary>
    public StopReason? StopReason => stop.Reason;

    private long TotalSteps => (long)settings.Epochs * Steps;

    /// <summary>Trains on every batch once.</summary>
    /// <param name="epoch">Its number, from 1.</param>
    /// <param name="losses">Those of the epochs before, as a schedule wants them.</param>
    /// <param name="meterOfZeros">Counts all batches as if all outputs were 0; null: nobody asks.</param>
    /// <param name="save">Called when a checkpoint is due before the end of the epoch.</param>
    /// <returns>Loss and metric of all ranks, the learning rate of the last step, and all ranks' rows per second.</returns>
    /// <exception cref="OperationCanceledException">Training is to end.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not finite any more.</exception>
    public (LossMeter Meter, float LearningRate, double RowsPerSecond) Train(
        int epoch, IReadOnlyList<double> losses, LossMeter? meterOfZeros, Action<UnfinishedEpoch> save)
    {
        clock.StartEpoch();
        var (meter, rows, learningRate) = (step.NewMeter(), 0L, 0f);
        batches.Start(shuffle.Derive((ulong)epoch));
        for (var number = Resume(meter) + 1; number <= Steps; number++)
        {
            stop.ThrowIfOver();
            var progress = new ScheduleProgress(ScheduledSteps, TotalSteps, losses);
            learningRate = (float)(settings.Optimizer.LearningRate * settings.Schedule.Factor(progress));
            var batch = batches.Next();
            var mean = TrainTimed(batch, ++state.Steps, learningRate, meter, meterOfZeros);
            if (!double.IsFinite(mean))
                throw new TrainingDivergedException(epoch, number, mean, learningRate);
            rows += batch.Rows;
            Telemetry.TrainingRows.Add(batch.Rows);
            if (settings.BatchDone is { } done && number % settings.BatchReportEvery == 0)
                done(new BatchReport(
                    epoch, settings.Epochs, number, Steps, meter.Loss, metricName, meter.Metric, learningRate,
                    clock.RowsPerSecond(rows), clock.Elapsed, clock.Remaining)
                {
                    Layers = activities,
                });
            if (number < Steps && state.Steps % settings.CheckpointEverySteps == 0)
                save(new UnfinishedEpoch(number, settings.Ranks.AllOf<double>(meter.State)));
        }

        Span<double> rowsOfAll = [rows];
        settings.Ranks.Total(rowsOfAll);
        return (meter.Over(settings.Ranks), learningRate, clock.RowsPerSecond((long)rowsOfAll[0]));
    }

    /// <summary>Loss and metric over the validation rows of all ranks; null if there are none.</summary>
    /// <exception cref="OperationCanceledException">Training is to end.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not finite any more.</exception>
    public LossMeter? Validate(int epoch, float learningRate)
    {
        if (validation is null)
            return null;
        var own = step.NewMeter();
        validation.Start(shuffle: null);
        for (var i = 0; i < mostValidationBatches; i++)
        {
            stop.ThrowIfOver();
            if (i < validation.Count)
                step.Validate(validation.Next(), own);
        }

        var meter = own.Over(settings.Ranks);
        return double.IsFinite(meter.Loss) ? meter : throw new TrainingDivergedException(epoch, 0, meter.Loss, learningRate);
    }

    private double TrainTimed(Batch batch, long number, float learningRate, LossMeter meter, LossMeter? meterOfZeros)
    {
        using var timed = threads.Start();
        return step.Train(batch, number, learningRate, meter, meterOfZeros);
    }

    // A time limit that comes before the last epoch moves the schedule on, so that it ends as it would have.
    private long ScheduledSteps => settings.TimeLimit is { } limit
        ? Math.Max(state.Steps, (long)(TotalSteps * Math.Min(1, stop.Elapsed / limit)))
        : state.Steps;

    // How many batches of the epoch a checkpoint has behind it, which are passed over.
    private int Resume(LossMeter meter)
    {
        if (state.Unfinished is not { } unfinished)
            return 0;
        state.Unfinished = null;
        var gathered = unfinished.Meters[settings.Ranks?.Rank ?? 0];
        if (unfinished.Steps >= Steps || gathered.Length != meter.State.Length)
            throw new ArgumentException(
                $"The checkpoint was written after {unfinished.Steps} steps of an epoch of other rows or another loss. Resume with the "
                + "same ones.");
        meter.Add(gathered);
        for (var i = 0; i < unfinished.Steps; i++)
            batches.Next();
        return unfinished.Steps;
    }
}
