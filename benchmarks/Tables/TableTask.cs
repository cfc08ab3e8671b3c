using Microsoft.ML;

namespace MLNet.BatchNorm.Tables;

/// <summary>A trainer at its defaults, on the columns Label and Features.</summary>
/// <param name="Name">The name in the table and on the command line.</param>
/// <param name="Make">Made anew for each run.</param>
internal sealed record TableTrainer(string Name, Func<MLContext, IEstimator<ITransformer>> Make);

/// <summary>A table, what is to be predicted from it, and by whom.</summary>
/// <param name="Name">The name on the command line. Tasks of one name make one table.</param>
/// <param name="Case">What sets the task apart from others of its name.</param>
internal sealed record TableTask(string Name, string Case = "")
{
    /// <summary>The rows in the folder, divided for the run of this number.</summary>
    public required Func<MLContext, string, int, Division> Divide { get; init; }

    /// <summary>Makes the columns Label and Features.</summary>
    public required Func<MLContext, IEstimator<ITransformer>> Features { get; init; }

    public required IReadOnlyList<TableTrainer> Trainers { get; init; }

    /// <summary>What <see cref="Evaluate"/> gives, in its order.</summary>
    public required IReadOnlyList<string> Measures { get; init; }

    /// <summary>The measures of a model; NaN for what it does not have.</summary>
    public required Func<MLContext, ITransformer, Division, double[]> Evaluate { get; init; }

    /// <summary>How many runs the table is made of unless the command line says so.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>Whether each fit has a process of its own, whose peak of memory the table shows.</summary>
    public bool ShowsMemory { get; init; }
}
