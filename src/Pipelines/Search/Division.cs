using System.Globalization;
using Microsoft.ML;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>Rows to train on, and others to judge by.</summary>
internal sealed record Division(IDataView Training, IDataView Validation)
{
    private const float DefaultFraction = 0.2f;

    /// <summary>One division, or one for each fold, decided by the seed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sampling key column.</exception>
    /// <exception cref="InvalidOperationException">One of two parts has no rows.</exception>
    public static IReadOnlyList<Division> Of(MLContext ml, IDataView rows, NeuralNetworkSearchOptions options, int seed)
    {
        if (options.SamplingKeyColumnName is { } key)
            new ColumnReference("sampling key", key, nameof(options.SamplingKeyColumnName)).Find(rows.Schema);
        var sets = options.Folds is { } folds
            ? ml.Data.CrossValidationSplit(rows, folds, options.SamplingKeyColumnName, seed)
            : [ml.Data.TrainTestSplit(rows, options.ValidationFraction ?? DefaultFraction, options.SamplingKeyColumnName, seed)];
        Division[] divisions = [.. sets.Select(set => new Division(set.TrainSet, set.TestSet))];
        foreach (var (training, validation) in divisions)
        {
            var isTrainingEmpty = IsEmpty(training);
            if (isTrainingEmpty != IsEmpty(validation))
                throw Undivided(isTrainingEmpty, options);
        }

        return divisions;
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

    private static bool IsEmpty(IDataView rows)
    {
        using var cursor = rows.GetRowCursor([]);
        return !cursor.MoveNext();
    }

    private static InvalidOperationException Undivided(bool isTrainingEmpty, NeuralNetworkSearchOptions options)
    {
        var (option, value, remedy) = options.Folds is { } folds
            ? (nameof(options.Folds), (float)folds, "fewer folds")
            : (nameof(options.ValidationFraction), options.ValidationFraction ?? DefaultFraction, "another fraction");
        var purpose = isTrainingEmpty ? "train on" : "judge trials by";
        var kept = options.SamplingKeyColumnName is { } key ? $" Rows with the same value in column '{key}' stay together." : "";
        return new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture,
            $"The search divides the rows at random, and {option} {value} leaves none to {purpose}.{kept} Use more rows or {remedy}."));
    }
}
