namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>A trial before it is trained.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Values">By name, in the order of asking.</param>
/// <param name="Options">What the function of the search made of them, with a seed.</param>
internal sealed record AskedTrial(int Number, IReadOnlyDictionary<string, object> Values, NeuralNetworkOptions Options);

/// <summary>The trials of a search: its function, asked for the values that the method decides.</summary>
internal sealed class SearchSpace
{
    private readonly Func<SearchTrial, NeuralNetworkOptions> function;
    private readonly NeuralNetworkSearchOptions options;
    private readonly int seed;
    private readonly Dictionary<string, string> ranges = [];

    /// <exception cref="ArgumentException">A trial asks for values, or makes options of them, that there cannot be.</exception>
    public SearchSpace(Func<SearchTrial, NeuralNetworkOptions> function, NeuralNetworkSearchOptions options, int seed)
    {
        this.function = function;
        this.options = options;
        this.seed = seed;
        var draws = options.MethodInUse.Draws(seed, (number, draws) => Ask(number, draws));
        Trials = [.. draws.Take(SearchMethod.MostTrials + 1).Select((draws, number) => Ask(number, draws))];
        if (Trials.Count > SearchMethod.MostTrials)
            throw new ArgumentException(
                $"The grid has more than {SearchMethod.MostTrials} combinations. Choose from fewer values, or use SearchMethod.Random.");
        if (Trials.FirstOrDefault(trial => trial.Options.LabelColumnName != Trials[0].Options.LabelColumnName) is { } other)
            throw new ArgumentException(
                $"Trial {other.Number} has another {nameof(NeuralNetworkOptions.LabelColumnName)} than trial 0: all must have one.");
    }

    /// <summary>By number.</summary>
    public IReadOnlyList<AskedTrial> Trials { get; }

    private AskedTrial Ask(int number, TrialDraws draws)
    {
        var trial = new SearchTrial(number, draws, ranges);
        var made = function(trial) ?? throw new ArgumentException($"The function of the search returned null for trial {number}.");
        RefuseWhatTheSearchDecides(made);
        return new AskedTrial(number, trial.Values, made with { Seed = made.Seed ?? RandomDraws.SeedOf(seed, number) });
    }

    private void RefuseWhatTheSearchDecides(NeuralNetworkOptions made)
    {
        var (name, remedy) = made switch
        {
            { ValidationFraction: > 0 } => (nameof(made.ValidationFraction), $"set that of {nameof(NeuralNetworkSearchOptions)}"),
            { ValidationData: not null } => (nameof(made.ValidationData), "the search divides the rows itself"),
            { TimeLimit: not null } => (nameof(made.TimeLimit), $"set that of {nameof(NeuralNetworkSearchOptions)}"),
            { CancellationToken.CanBeCanceled: true } =>
                (nameof(made.CancellationToken), $"set that of {nameof(NeuralNetworkSearchOptions)}"),
            { Checkpoint: not null } => (nameof(made.Checkpoint), "a search keeps its own in its Folder"),
            { Ranks: not null } => (nameof(made.Ranks), $"set that of {nameof(NeuralNetworkSearchOptions)}, whose ranks share the trials"),
            { ResumeFrom: not null } => (nameof(made.ResumeFrom), "a search goes on from its Folder"),
            { EarlyStopping: not null } when options.Folds is not null =>
                (nameof(made.EarlyStopping), $"with {nameof(options.Folds)} the last training, on all rows, has none to validate with"),
            _ => ("", ""),
        };
        if (name.Length > 0)
            throw new ArgumentException($"The options of a trial set {name}, which cannot be in a search: {remedy}. Leave it out.");
    }
}
