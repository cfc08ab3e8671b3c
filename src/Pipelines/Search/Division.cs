using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>Rows to train on, and others to judge by.</summary>
internal sealed record Division(IDataView Training, IDataView Validation)
{
    private const float DefaultFraction = 0.2f;

    /// <summary>One division, or one for each fold, decided by the seed.</summary>
    public static IReadOnlyList<Division> Of(MLContext ml, IDataView rows, NeuralNetworkSearchOptions options, int seed)
    {
        var sets = options.Folds is { } folds
            ? ml.Data.CrossValidationSplit(rows, folds, options.SamplingKeyColumnName, seed)
            : [ml.Data.TrainTestSplit(rows, options.ValidationFraction ?? DefaultFraction, options.SamplingKeyColumnName, seed)];
        return [.. sets.Select(set => new Division(set.TrainSet, set.TestSet))];
    }

    /// <summary>How many rows a view has.</summary>
    public static long Count(IDataView rows)
    {
        using var cursor = rows.GetRowCursor([]);
        var count = 0L;
        while (cursor.MoveNext())
            count++;
        return count;
    }
}
