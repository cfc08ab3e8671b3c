using Microsoft.ML;

namespace MLNet.BatchNorm.Tables;

/// <summary>What is trained on and what is tested on.</summary>
internal sealed record Division(IDataView Training, IDataView Test)
{
    public static Division Random(MLContext ml, IDataView rows, double testFraction, int seed)
    {
        var split = ml.Data.TrainTestSplit(rows, testFraction, seed: seed);
        return new Division(split.TrainSet, split.TestSet);
    }

    /// <summary>The same rows in memory, so that no run is charged for reading files.</summary>
    public Division InMemory(MLContext ml) => new(InMemory(ml, Training), InMemory(ml, Test));

    private static IDataView InMemory(MLContext ml, IDataView rows)
    {
        var columns = rows.Schema.Where(column => !column.IsHidden).Select(column => column.Name);
        var cached = ml.Data.Cache(rows, [.. columns]);
        using var cursor = cached.GetRowCursor(cached.Schema);
        while (cursor.MoveNext())
        {
            // The cache fills as its rows are passed.
        }

        return cached;
    }
}
