using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Interop;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Collects the statistics of columns in one pass over a data view.</summary>
internal static class StatisticsReader
{
    // 64 KB of floats per column, which the second-level cache keeps. Many columns share what sixteen would take.
    private const int BlockValues = 16 * 1024, ColumnsOfFullBlocks = 16, SmallestBlock = 1024;

    /// <summary>
    /// Reads <paramref name="columns"/> once, for the statistics of each. A row of weight 0 is left out. Without rows the counts are 0.
    /// </summary>
    /// <param name="input">The rows.</param>
    /// <param name="columns">What to read of them.</param>
    /// <param name="options">How.</param>
    /// <param name="environment">May cancel.</param>
    /// <param name="channel">Is told of columns that become dense; null: nobody is.</param>
    /// <exception cref="InvalidOperationException">A value or weight cannot be used; the message says which.</exception>
    /// <exception cref="OperationCanceledException">The environment was cancelled.</exception>
    public static IEnumerable<ColumnStatistics> Read(
        IDataView input, ColumnToFit[] columns, BatchNormalizationOptions options, IHostEnvironment environment, IChannel? channel)
    {
        var weight = WeightReader.Find(input.Schema, WeightReader.Reference(options.ExampleWeightColumnName));
        var needed = columns.Select(column => column.Source.Column);
        using var cursor = input.GetRowCursor(
            (weight is { } found ? needed.Append(found.Column) : needed).DistinctBy(column => column.Index));
        var blockValues = Math.Max(SmallestBlock, BlockValues * ColumnsOfFullBlocks / Math.Max(ColumnsOfFullBlocks, columns.Length));
        var collectors = columns.Select(column => ColumnCollector.Of(cursor, column, options, blockValues)).ToArray();
        var weights = weight is { } source ? new WeightReader(cursor, source) : null;
        while (cursor.MoveNext())
        {
            MLNetInternals.ThrowIfCancelled(environment);
            var weightOfRow = weights?.Read() ?? 1;
            if (weightOfRow == 0)
                continue;
            foreach (var collector in collectors)
                collector.AddRow(cursor.Position, weightOfRow);
        }

        if (channel is not null && !options.FixZero)
            foreach (var warning in collectors.Select(collector => collector.WarningOfDenseRows).OfType<string>())
                MLNetInternals.Warning(channel, warning);
        return [.. collectors.Select(collector => collector.Finish())];
    }
}
