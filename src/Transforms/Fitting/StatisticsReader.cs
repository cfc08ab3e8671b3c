using Microsoft.ML;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Collects the statistics of columns in one pass over a data view.</summary>
internal static class StatisticsReader
{
    // 64 KB of floats per column, which the second-level cache keeps. Many columns share what sixteen would take.
    private const int BlockValues = 16 * 1024, ColumnsOfFullBlocks = 16, SmallestBlock = 1024;

    /// <summary>Reads <paramref name="sources"/> once. A row of weight 0 is left out. Without rows the counts are 0.</summary>
    /// <exception cref="InvalidOperationException">A value or weight cannot be used; the message says which.</exception>
    public static ColumnStatistics[] Read(
        IDataView input, DataViewSchema.Column[] sources, ChannelMap[] maps, BatchNormalizationOptions options)
    {
        var weightColumn = ExampleWeights.Find(input.Schema, options.ExampleWeightColumnName);
        var needed = weightColumn is { } column ? sources.Append(column) : sources;
        using var cursor = input.GetRowCursor(needed.DistinctBy(source => source.Index));
        var blockValues = Math.Max(SmallestBlock, BlockValues * ColumnsOfFullBlocks / Math.Max(ColumnsOfFullBlocks, sources.Length));
        var collectors = sources.Select((source, i) => ColumnCollector.Of(cursor, source, maps[i], options, blockValues)).ToArray();
        var weights = weightColumn is { } found ? new ExampleWeights(cursor, found) : null;
        while (cursor.MoveNext())
        {
            var weight = weights?.Read() ?? 1;
            if (weight == 0)
                continue;
            foreach (var collector in collectors)
                collector.AddRow(cursor.Position, weight);
        }

        return [.. collectors.Select(collector => collector.Finish())];
    }
}
