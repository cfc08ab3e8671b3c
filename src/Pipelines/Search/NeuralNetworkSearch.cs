using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Pipelines.Search;
using MLNet.BatchNorm.Pipelines.Training;

namespace MLNet.BatchNorm;

/// <summary>
/// Trains a neural network with settings that it finds by trying: a function says which options to make of which values, the search tries
/// values and keeps the best model. In a pipeline it stands where the trainer would.
/// </summary>
/// <remarks>
/// The same rows judge every trial, and no trial is trained on them; so the metric of the best is a little too good, and what the model is
/// worth is said by rows that the search never saw. A trial whose training diverges counts as failed and does not end the search. The rows
/// are read anew for each training: put <c>AppendCacheCheckpoint</c> in front where that is slow.
/// </remarks>
/// <example>
/// <code>
/// NeuralNetworkSearch search = ml.MulticlassClassification.Trainers.NeuralNetworkSearch(
///     trial =>
///     {
///         int width = trial.Choose("width", 8, 16, 32);
///         float momentum = trial.Uniform("momentum", 0.01f, 0.3f);
///         return new NeuralNetworkOptions
///         {
///             Network = net => net.Dense(width).BatchNorm(momentum: momentum).Relu(),
///             Optimizer = new Adam { LearningRate = trial.LogUniform("learning rate", 1e-3f, 1e-1f) },
///             Epochs = 9,
///         };
///     },
///     new NeuralNetworkSearchOptions { Method = SearchMethod.SuccessiveHalving(trials: 9), Metric = "MacroAccuracy", Seed = 1 });
/// NeuralNetworkPredictionTransformer model = search.Fit(data);
/// var metrics = ml.MulticlassClassification.Evaluate(model.Transform(data));
/// Console.WriteLine($"accuracy {metrics.MicroAccuracy:F1}");   // accuracy 1.0
/// </code>
/// </example>
public sealed class NeuralNetworkSearch : IEstimator<NeuralNetworkPredictionTransformer>
{
    // Of .NET, 49 days; nobody waits for longer.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly IHost host;
    private readonly SearchedTask task;
    private readonly NeuralNetworkSearchOptions options;
    private readonly SearchMetric metric;
    private readonly int seed;
    private readonly SearchSpace space;

    // A trainer's environment has no public way to divide and to judge rows, and neither depends on which one does it.
    private readonly MLContext ml;

    internal NeuralNetworkSearch(
        IHostEnvironment environment, Func<SearchTrial, NeuralNetworkOptions> space, NeuralNetworkSearchOptions? options, SearchedTask task)
    {
        ArgumentNullException.ThrowIfNull(space);
        this.options = options ?? new();
        this.task = task;
        host = environment.Register(nameof(NeuralNetworkSearch));
        metric = SearchMetric.Find(task.Metrics, this.options.Metric);
        if (this.options is { Folds: not null, ValidationFraction: not null })
            throw new ArgumentException("Both Folds and ValidationFraction are set. Set one of them.");
        if (this.options is { Ranks.Count: > 1, Folder: null })
            throw new ArgumentException("Ranks find each other's trials in a folder that all of them see. Set Folder.");
        seed = this.options.Seed ?? host.Rand.Next();
        ml = new MLContext(seed);
        this.space = new SearchSpace(space, this.options, seed);
        foreach (var trial in this.space.Trials)
            task.Learning.Check(trial.Options);
    }

    /// <summary>How many trials there are; they are numbered from 0.</summary>
    public int TrialCount => space.Trials.Count;

    /// <summary>Searches, and returns the best model.</summary>
    /// <returns>The <see cref="SearchResult.Model"/> of <see cref="Run"/>.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Run"/>.</exception>
    /// <exception cref="InvalidOperationException">As of <see cref="Run"/>.</exception>
    /// <exception cref="OperationCanceledException">As of <see cref="Run"/>.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView input) => Run(input).Model;

    /// <summary>Searches.</summary>
    /// <param name="input">Rows as for the trainer.</param>
    /// <returns>The best model and all trials, which are in the file trials.csv of the option Folder too.</returns>
    /// <exception cref="ArgumentException">
    /// The folder is that of another search or cannot be written to; or a training refuses its options, as a trainer's Fit does.
    /// </exception>
    /// <exception cref="InvalidOperationException">All trials failed; or as of a trainer's Fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or the time was over, before a trial was done.</exception>
    public SearchResult Run(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (options.Folder is { } kept)
            return RunIn(new TrialFolder(kept, ml), input);
        var temporary = Directory.CreateTempSubdirectory("search-");
        try
        {
            return RunIn(new TrialFolder(temporary.FullName, ml), input);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Trains a single trial and leaves it in the option Folder: what one of many machines does, whose folder is the same. In the end
    /// <see cref="Fit"/> or <see cref="Run"/>, with the same options, finds them there. With
    /// <see cref="SearchMethod.SuccessiveHalving"/> the first part of the trial is trained, and each call after that trains the next if all
    /// trials that it competes with have their part and it is among the best.
    /// </summary>
    /// <param name="input">The same rows for all machines.</param>
    /// <param name="trial">Its number, at least 0 and less than <see cref="TrialCount"/>.</param>
    /// <returns>What it came to. That its training diverged is no exception.</returns>
    /// <exception cref="ArgumentException">There is no such trial; or as of <see cref="Run"/>.</exception>
    /// <exception cref="InvalidOperationException">The option Folder is not set; or as of a trainer's Fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or the time was over, before the trial was done.</exception>
    public TrialReport RunTrial(IDataView input, int trial)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (trial < 0 || trial >= TrialCount)
            throw new ArgumentOutOfRangeException(nameof(trial), trial, $"The search has the trials 0 to {TrialCount - 1}.");
        if (options.Folder is not { } folder)
            throw new InvalidOperationException("A single trial needs the option Folder, where the search finds it afterwards.");
        using var timed = Timed();
        using var channel = host.Start(nameof(RunTrial));
        var run = RunOver(input, new TrialFolder(folder, ml), trial, channel, timed.Token);
        run.Train();
        return run.Reports.Single(report => report.Number == trial);
    }

    /// <summary>The schema with the columns that the best network will add.</summary>
    /// <returns>The schema.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type; the parameter name is the option that names it.
    /// </exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        new NetworkTrainer(host, task.Trainer, space.Trials[0].Options, task.Learning).GetOutputSchema(inputSchema);

    private SearchResult RunIn(TrialFolder folder, IDataView input)
    {
        using var timed = Timed();
        using var channel = host.Start(nameof(Fit));
        var run = RunOver(input, folder, onlyTrial: null, channel, timed.Token);
        try
        {
            run.Train();
        }
        catch (OperationCanceledException) when (run.Best is not null)
        {
        }

        if (run.Best is not { } best)
            throw new InvalidOperationException($"All trials failed. The first: {run.Reports[0]}");
        var model = options.Folds is null
            ? folder.ReadModel(best.Number)
            : TrainingOver([], folder, options.CancellationToken).TrainOnAll(input, best.Options);
        var result = new SearchResult(model, best, run.Reports, metric.IsHigherBetter);
        if (options.Ranks.IsFirst())
            folder.WriteTable(result);
        return result;
    }

    private SearchRun RunOver(IDataView input, TrialFolder folder, int? onlyTrial, IChannel channel, CancellationToken cancellation)
    {
        var divisions = Division.Of(ml, input, options, seed);
        OptionValue[] description =
        [
            .. OptionValue.Of("kind of label", task.Learning.Label),
            .. options.MethodInUse.Description,
            .. OptionValue.Of(nameof(options.Metric), metric.Name),
            .. OptionValue.Of(nameof(options.Seed), seed),
            .. OptionValue.Of(nameof(options.Folds), options.Folds),
            .. OptionValue.Of(nameof(options.ValidationFraction), options.ValidationFraction),
            .. OptionValue.Of(nameof(options.SamplingKeyColumnName), options.SamplingKeyColumnName),
            .. OptionValue.Of("number of training rows", Division.Count(divisions[0].Training)),
            .. OptionValue.Of("number of validation rows", Division.Count(divisions[0].Validation)),
        ];
        var training = TrainingOver(divisions, folder, cancellation);
        return new SearchRun(space, options, metric, folder, training, description, onlyTrial, channel);
    }

    private TrialTraining TrainingOver(IReadOnlyList<Division> divisions, TrialFolder folder, CancellationToken cancellation) =>
        new(host, ml, task, metric, divisions, folder, cancellation);

    private CancellationTokenSource Timed()
    {
        var timed = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken);
        if (options.TimeLimit is { } limit && limit < LongestTimer)
            timed.CancelAfter(limit);
        return timed;
    }
}
