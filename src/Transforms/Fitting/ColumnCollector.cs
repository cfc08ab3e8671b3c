using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Reads one column of a cursor into statistics.</summary>
internal abstract class ColumnCollector
{
    public static ColumnCollector Of(
        DataViewRow row, DataViewSchema.Column source, ChannelMap map, BatchNormalizationOptions options, int blockValues)
    {
        var item = source.Type is VectorDataViewType vector ? vector.ItemType.RawType : source.Type.RawType;
        return item == typeof(double)
            ? new ColumnCollector<double>(row, source, map, options, blockValues)
            : new ColumnCollector<float>(row, source, map, options, blockValues);
    }

    public abstract void AddRow(long position, float weight);

    public abstract ColumnStatistics Finish();
}

/// <summary>
/// While one block is filled from the cursor, another thread, if there may be one, adds the one before it. Blocks have a fixed size and are added in their
/// order, so the bits of the result depend on the data alone.
/// </summary>
internal sealed class ColumnCollector<T> : ColumnCollector
    where T : unmanaged, IFloatingPoint<T>
{
    private readonly RowReader<T> reader;
    private readonly string column;
    private readonly MissingValueHandling missingValues;
    private readonly IColumnStatistics statistics;
    private readonly PopulationStatistics? takesSparse;
    private RowBlock<T> filling;
    private RowBlock<T> adding;
    private Task added = Task.CompletedTask;

    public ColumnCollector(
        DataViewRow row, DataViewSchema.Column source, ChannelMap map, BatchNormalizationOptions options, int blockValues)
    {
        reader = new RowReader<T>(row, source, map.Slots);
        column = source.Name;
        missingValues = options.MissingValues;
        var variance = NormalizationRules.Of(options).Variance;
        takesSparse = options.MovingAverage is null ? new PopulationStatistics(column, map, variance) : null;
        statistics = options.MovingAverage is { } moving ? new MovingStatistics(column, map, moving, variance) : takesSparse!;
        filling = NewBlock();
        adding = NewBlock();

        RowBlock<T> NewBlock() => new(
            column, map, missingValues, options.ExampleWeightColumnName is not null, capacity: Math.Max(1, blockValues / map.Slots));
    }

    public override void AddRow(long position, float weight)
    {
        if (takesSparse is not null && reader.ReadUnlessSparse(filling.NextRow))
        {
            AddSparse(takesSparse, position, weight);
            return;
        }

        if (takesSparse is null)
            reader.Read(filling.NextRow);
        filling.Keep(position, weight);
        if (filling.IsFull)
            HandOver();
    }

    public override ColumnStatistics Finish()
    {
        added.GetAwaiter().GetResult();
        filling.MoveTo(statistics);
        return statistics.Finish();
    }

    private void AddSparse(PopulationStatistics population, long position, float weight)
    {
        var bad = FiniteValues.IndexOfBad(reader.SparseValues, missingValues);
        if (bad >= 0)
            throw FiniteValues.Error(column, reader.SparseValues[bad], position, reader.SparseSlots[bad]);
        population.AddSparse(reader.SparseSlots, reader.SparseValues, weight);
    }

    private void HandOver()
    {
        added.GetAwaiter().GetResult();
        (filling, adding) = (adding, filling);
        var full = adding;
        if (RowPartition.Threads > 1)
            added = Task.Run(() => full.MoveTo(statistics));
        else
            full.MoveTo(statistics);
    }
}
