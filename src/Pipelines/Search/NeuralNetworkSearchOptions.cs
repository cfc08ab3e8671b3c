using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>How a search tries settings, what it judges them by, and where it keeps them. Immutable.</summary>
/// <example>
/// <code>
/// var search = ml.BinaryClassification.Trainers.NeuralNetworkSearch(
///     trial => new NeuralNetworkOptions
///     {
///         LabelColumnName = "IsSick",
///         Network = NeuralNetworks.Mlp([trial.Choose("width", 8, 16)], dropout: trial.Uniform("dropout", 0, 0.5f)),
///         Epochs = 9,
///     },
///     new NeuralNetworkSearchOptions
///     {
///         Method = SearchMethod.SuccessiveHalving(trials: 9),
///         Metric = nameof(BinaryClassificationMetrics.AreaUnderRocCurve),
///         ValidationFraction = 0.3f,
///         Seed = 1,
///         Progress = report => Console.WriteLine(report),
///     });
/// var model = search.Fit(data);
/// </code>
/// </example>
public sealed record NeuralNetworkSearchOptions
{
    /// <summary>Which values are tried; default null: <see cref="SearchMethod.SuccessiveHalving"/> of 32 trials.</summary>
    public SearchMethod? Method { get; init; }

    internal SearchMethod MethodInUse => Method ?? SearchMethod.SuccessiveHalving();

    /// <summary>
    /// What trials are judged by, over the rows that they were not trained on: a name of ML.NET's metrics, such as MacroAccuracy, LogLoss,
    /// AreaUnderRocCurve or RootMeanSquaredError. Default null: MicroAccuracy, Accuracy for a Boolean label, RSquared for a number. Weights
    /// of rows do not count in it. The first of equal trials is the best.
    /// </summary>
    public string? Metric { get; init => field = Require.NullOrNotEmpty(value); }

    /// <summary>
    /// Share of the rows that no trial is trained on, the same for all, and by which they are judged; greater than 0 and less than 1;
    /// default null: 0.2, unless there are <see cref="Folds"/>. These rows are the validation data of each training too.
    /// </summary>
    public float? ValidationFraction { get; init => field = value is null ? null : Require.Between(0, 1, value.Value); }

    /// <summary>
    /// Into how many parts the rows are divided, each of which judges a training on the others, so that a trial is as many trainings and
    /// its metric their mean; at least 2. The best settings are trained once more, on all rows. Default null: one training, judged by
    /// <see cref="ValidationFraction"/>.
    /// </summary>
    public int? Folds { get; init => field = value is null ? null : Require.AtLeast(2, value.Value); }

    /// <summary>
    /// Name of a column whose equal values keep rows together: all of them train, or all of them judge. Default null: each row on its own.
    /// </summary>
    public string? SamplingKeyColumnName { get; init => field = Require.NullOrNotEmpty(value); }

    /// <summary>
    /// Decides the values of the trials, the seeds of their trainings and which rows judge: equal seeds and data give equal searches.
    /// Default: drawn once from the MLContext when the search is made.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>
    /// A folder to keep each trial in, made if it is not there: its values and metric, and its model. What is there already is not trained
    /// again, so a search that was ended goes on, and machines that share the folder share the trials
    /// (<see cref="NeuralNetworkSearch.RunTrial"/>). The folder of a search with other options, or of another number of rows, is refused;
    /// more trials are fine. Default null: nothing is kept.
    /// </summary>
    public string? Folder { get; init => field = Require.NullOrNotEmpty(value); }

    /// <summary>
    /// Those that search together, such as the processes of an MPI job: each trains its share of the trials, and all return the same model.
    /// All see the same <see cref="Folder"/>, which is needed, and the same rows. Default null: one searches alone.
    /// </summary>
    public Ranks? Ranks { get; init; }

    /// <summary>
    /// How long the trials may take; positive; default null: as long as they need. Then the training at hand is given up, and the best of
    /// those that are done counts.
    /// </summary>
    public TimeSpan? TimeLimit
    {
        get;
        init => field = value is not { } limit || limit > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(TimeLimit), limit, "TimeLimit must be positive.");
    }

    /// <summary>
    /// Called when a trial is done, or a part of it, on the thread that trains, and for what was found in the folder too. The same line
    /// goes to <c>MLContext.Log</c>.
    /// </summary>
    public Action<TrialReport>? Progress { get; init; }

    /// <summary>
    /// Gives up the training at hand within one batch; the best trial that is done counts. Where none is, and in the last training on all
    /// rows, there is an <see cref="OperationCanceledException"/>.
    /// </summary>
    public CancellationToken CancellationToken { get; init; }
}
