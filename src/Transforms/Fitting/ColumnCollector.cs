using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Reads one column of a cursor into statistics.</summary>
internal abstract class ColumnCollector
{
    /// <summary>What is to be said of the rows read so far where the output is dense; null: nothing.</summary>
    public abstract string? WarningOfDenseRows { get; }

    public static ColumnCollector Of(DataViewRow row, ColumnToFit column, BatchNormalizationOptions options, int blockValues)
    {
        var item = column.Source.Type is VectorDataViewType vector ? vector.ItemType.RawType : column.Source.Type.RawType;
        return item == typeof(double)
            ? new ColumnCollector<double>(row, column, options, blockValues)
            : new ColumnCollector<float>(row, column, options, blockValues);
    }

    public abstract void AddRow(long position, float weight);

    public abstract ColumnStatistics Finish();
}

/// <summary>
/// Gathers rows in blocks of a fixed size, small enough to be still in cache when they are added, so that the bits of the result depend on
/// the data alone.
/// </summary>
internal sealed class ColumnCollector<T> : ColumnCollector
    where T : unmanaged, IFloatingPoint<T>
{
    private readonly RowReader<T> reader;
    private readonly string column;
    private readonly MissingValueHandling missingValues;
    private readonly IColumnStatistics statistics;
    private readonly PopulationStatistics? takesSparse;
    private readonly RowBlock<T> block;
    private SparseRowCount sparseRows;

    public ColumnCollector(DataViewRow row, ColumnToFit toFit, BatchNormalizationOptions options, int blockValues)
    {
        var map = toFit.Map;
        reader = new RowReader<T>(row, toFit.Source.Column, map.Slots);
        column = toFit.Source.Name;
        missingValues = options.MissingValues;
        var variance = NormalizationRules.Of(options).Variance;
        takesSparse = options.MovingAverage is null ? new PopulationStatistics(column, map, variance) : null;
        statistics = options.MovingAverage is { } moving ? new MovingStatistics(column, map, moving, variance) : takesSparse!;
        block = new RowBlock<T>(
            column, map, missingValues, options.ExampleWeightColumnName is not null, capacity: Math.Max(1, blockValues / map.Slots));
    }

    public override string? WarningOfDenseRows => sparseRows.WarningFor(column, reader.Slots, Unsafe.SizeOf<T>());

    public override void AddRow(long position, float weight)
    {
        if (reader.TryReadDense(block.NextRow))
        {
            sparseRows.AddDense();
        }
        else
        {
            sparseRows.AddSparse(reader.SparseValues.Length);
            if (takesSparse is not null)
            {
                AddSparse(takesSparse, position, weight);
                return;
            }

            reader.CopySparse(block.NextRow);
        }

        block.Keep(position, weight);
        if (block.IsFull)
            block.MoveTo(statistics);
    }

    public override ColumnStatistics Finish()
    {
        block.MoveTo(statistics);
        return statistics.Finish();
    }

    private void AddSparse(PopulationStatistics population, long position, float weight)
    {
        var bad = FiniteValues.IndexOfBad(reader.SparseValues, missingValues);
        if (bad >= 0)
            throw FiniteValues.Error(column, reader.SparseValues[bad], position, reader.SparseSlots[bad]);
        population.AddSparse(reader.SparseSlots, reader.SparseValues, weight);
    }
}
