using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Transforms;

/// <summary>Collects the moments of columns in one pass over a data view.</summary>
internal static class ColumnMoments
{
    /// <summary>Reads <paramref name="sources"/> once and returns the moments of each one's channels.</summary>
    /// <exception cref="InvalidOperationException">The data has no rows, or a value that is not finite.</exception>
    public static ChannelMoments[] Collect(IDataView input, DataViewSchema.Column[] sources, ChannelMap[] maps)
    {
        using var cursor = input.GetRowCursor(sources.DistinctBy(source => source.Index));
        var collectors = sources.Select((source, i) => Collector.Of(cursor, source, maps[i])).ToArray();
        while (cursor.MoveNext())
            foreach (var collector in collectors)
                collector.AddRow(cursor.Position);
        foreach (var collector in collectors)
            collector.Finish();
        return [.. collectors.Select(collector => collector.Moments)];
    }

    private abstract class Collector(ChannelMap map)
    {
        public ChannelMoments Moments { get; } = new(map.Channels);

        public static Collector Of(DataViewRow row, DataViewSchema.Column source, ChannelMap map) =>
            source.Type is VectorDataViewType { ItemType.RawType: var item } && item == typeof(double) || source.Type.RawType == typeof(double)
                ? new Collector<double>(row, source, map)
                : new Collector<float>(row, source, map);

        public abstract void AddRow(long position);

        public abstract void Finish();
    }

    /// <summary>Gathers rows into a block, so that the kernel sees many at once.</summary>
    private sealed class Collector<T> : Collector
        where T : unmanaged, IFloatingPoint<T>
    {
        private const int BlockValues = 16 * 1024;

        private readonly string name;
        private readonly ChannelMap map;
        private readonly RowReader<T> reader;
        private readonly T[] block;
        private int filled;
        private long firstPosition;

        public Collector(DataViewRow row, DataViewSchema.Column source, ChannelMap map)
            : base(map)
        {
            name = source.Name;
            this.map = map;
            reader = new RowReader<T>(row, source, map.Slots);
            block = new T[Math.Max(1, BlockValues / map.Slots) * map.Slots];
        }

        public override void AddRow(long position)
        {
            if (filled == 0)
                firstPosition = position;
            reader.Read(block.AsSpan(filled, map.Slots));
            filled += map.Slots;
            if (filled == block.Length)
                Flush();
        }

        public override void Finish()
        {
            if (filled > 0)
                Flush();
            if (Moments.Count == 0)
                throw new InvalidOperationException($"There is no row to learn the statistics of column '{name}' from.");
            for (var c = 0; c < map.Channels; c++)
                if (!Moments.IsFinite(c))
                    throw new InvalidOperationException(
                        $"Column '{name}' has values in channel {c} whose squares are too large for a double. Scale them down first.");
        }

        private void Flush()
        {
            var values = block.AsSpan(0, filled);
            if (!TensorPrimitives.IsFiniteAll<T>(values))
                throw NotFinite(values);
            if (map.Layout == ChannelLayout.ChannelsFirst)
                for (var row = 0; row < filled; row += map.Slots)
                    Moments.AddPlanes<T>(values.Slice(row, map.Slots), map.SlotsPerChannel);
            else
                Moments.Add<T>(values);
            filled = 0;
        }

        private InvalidOperationException NotFinite(ReadOnlySpan<T> values)
        {
            var at = 0;
            while (T.IsFinite(values[at]))
                at++;
            return new InvalidOperationException(
                $"Column '{name}' has the value {values[at]} in row {firstPosition + at / map.Slots}, slot {at % map.Slots}. " +
                "Statistics need finite values: replace missing ones first, for example with ReplaceMissingValues.");
        }
    }
}
