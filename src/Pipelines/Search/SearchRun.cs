using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>One run of a search: trains what is not done yet, part by part, and the best of a part go on with the next.</summary>
/// <param name="space">The trials.</param>
/// <param name="options">Of the search.</param>
/// <param name="metric">What trials are judged by.</param>
/// <param name="folder">Keeps them.</param>
/// <param name="training">Trains them.</param>
/// <param name="description">What must be the same for a trial in the folder to be of this search.</param>
/// <param name="onlyTrial">The one trial that this run trains; null: it trains all.</param>
/// <param name="channel">The log.</param>
internal sealed class SearchRun(
    SearchSpace space, NeuralNetworkSearchOptions options, SearchMetric metric, TrialFolder folder, TrialTraining training,
    IReadOnlyList<OptionValue> description, int? onlyTrial, IChannel channel)
{
    // Who trains a single trial does it alone.
    private readonly Ranks? ranks = onlyTrial is null ? options.Ranks : null;
    private readonly Dictionary<int, TrialReport> reports = [];
    private int bestPart;

    /// <summary>The best of the trials that were trained longest; null: all that are done failed, or none is.</summary>
    public TrialReport? Best { get; private set; }

    /// <summary>Of the trials that are done, or a part of them, by number.</summary>
    public IReadOnlyList<TrialReport> Reports => [.. reports.OrderBy(report => report.Key).Select(report => report.Value)];

    private IReadOnlyList<int> Divisors => options.MethodInUse.Divisors;

    /// <summary>Trains the trials.</summary>
    /// <exception cref="OperationCanceledException">
    /// It was cancelled, or the time is over; what is done is in <see cref="Reports"/>.
    /// </exception>
    public void Train()
    {
        ranks.RequireSame(description);
        Dictionary<int, TrialRecord> records = [];
        IReadOnlyList<AskedTrial> going = space.Trials;
        foreach (var trial in going)
            records[trial.Number] = folder.Read(TrialRecord.Of(trial, description));
        for (var part = 0; part < Divisors.Count && going.Count > 0; part++)
        {
            if (ranks is null)
                TrainMine(going, records, part);
            else
                TrainTogether(ranks, going, records, part);
            if (going.Any(trial => records[trial.Number].Parts.Count <= part))
                return;   // others have not trained theirs yet
            going = BestOf(going);
        }
    }

    private void TrainMine(IReadOnlyList<AskedTrial> going, Dictionary<int, TrialRecord> records, int part)
    {
        foreach (var (place, trial) in going.Index())
        {
            var record = records[trial.Number];
            if (record.Parts.Count <= part && IsMine(trial.Number, place))
                record = records[trial.Number] = training.Train(trial, record, Divisors);
            if (record.Parts.Count > part)
                Report(trial, record, part);
        }
    }

    // What the other ranks have trained meanwhile is in the folder. One that is cancelled ends all: they would wait for it.
    private void TrainTogether(Ranks ranks, IReadOnlyList<AskedTrial> going, Dictionary<int, TrialRecord> records, int part)
    {
        OperationCanceledException? cancelled = null;
        try
        {
            TrainMine(going, records, part);
        }
        catch (OperationCanceledException thrown)
        {
            cancelled = thrown;
        }

        var isCancelled = ranks.Any(cancelled is not null);
        foreach (var trial in going.Where(trial => records[trial.Number].Parts.Count <= part))
        {
            records[trial.Number] = folder.Read(TrialRecord.Of(trial, description));
            if (records[trial.Number].Parts.Count > part)
                Report(trial, records[trial.Number], part);
        }

        if (isCancelled)
            throw cancelled ?? new OperationCanceledException("Another rank was cancelled.");
    }

    /// <summary>Whether this run trains a trial. The others, whoever trains them, are found in the folder.</summary>
    private bool IsMine(int trial, int place) =>
        onlyTrial is { } only ? only == trial : ranks is null || place % ranks.Count == ranks.Rank;

    // The best are trained first, so that they are there when time is over.
    private IReadOnlyList<AskedTrial> BestOf(IReadOnlyList<AskedTrial> trials)
    {
        var count = (trials.Count + options.MethodInUse.Factor - 1) / options.MethodInUse.Factor;
        return
        [
            .. trials.Where(trial => reports[trial.Number].Outcome != TrialOutcome.Failed)
                .OrderBy(trial => metric.IsHigherBetter ? -reports[trial.Number].Metric : reports[trial.Number].Metric)
                .ThenBy(trial => trial.Number)
                .Take(count),
        ];
    }

    private void Report(AskedTrial trial, TrialRecord record, int part)
    {
        var parts = record.Parts.Take(part + 1).ToArray();
        var report = new TrialReport
        {
            Number = trial.Number,
            Values = trial.Values,
            Options = trial.Options,
            Outcome = parts[^1].Failure is not null ? TrialOutcome.Failed
                : part == Divisors.Count - 1 || parts[^1].IsOver ? TrialOutcome.Completed
                : TrialOutcome.Stopped,
            MetricName = metric.Name,
            Metric = parts[^1].Metric ?? double.NaN,
            Deviation = parts[^1].Deviation,
            Epochs = parts[^1].Epochs,
            Elapsed = TimeSpan.FromSeconds(parts.Sum(done => done.Seconds)),
            Failure = parts[^1].Failure,
        };
        reports[trial.Number] = report;
        if (report.Outcome != TrialOutcome.Failed && (Best is null || IsBetter(report, part)))
            (Best, bestPart) = (report, part);
        if (!ranks.IsFirst())
            return;
        MLNetInternals.Info(channel, report.ToString());
        options.Progress?.Invoke(report);
    }

    private bool IsBetter(TrialReport report, int part) =>
        part > bestPart || metric.IsBetter(report.Metric, Best!.Metric) || (report.Metric == Best.Metric && report.Number < Best.Number);
}
