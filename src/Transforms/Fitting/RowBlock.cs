using System.Numerics;
using System.Numerics.Tensors;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Rows of one column, gathered so that the kernels see many at once; channels last.</summary>
internal sealed class RowBlock<T>
    where T : unmanaged, IFloatingPoint<T>
{
    private readonly string column;
    private readonly ChannelMap map;
    private readonly MissingValueHandling missingValues;
    private readonly T[] values;
    private readonly float[] weights;
    private readonly long[] positions;
    private readonly T[] planes;
    private int rows;

    public RowBlock(string column, ChannelMap map, MissingValueHandling missingValues, bool hasWeights, int capacity)
    {
        this.column = column;
        this.map = map;
        this.missingValues = missingValues;
        values = new T[capacity * map.Slots];
        weights = new float[hasWeights ? capacity * map.SlotsPerChannel : 0];
        positions = new long[capacity];
        planes = new T[map.Layout == ChannelLayout.ChannelsFirst ? map.Slots : 0];
    }

    public bool IsFull => rows == positions.Length;

    /// <summary>Where the next row goes, in the column's own order of values.</summary>
    public Span<T> NextRow => values.AsSpan(rows * map.Slots, map.Slots);

    /// <summary>Keeps what was written to <see cref="NextRow"/>.</summary>
    public void Keep(long position, float weight)
    {
        positions[rows] = position;
        if (weights.Length > 0)
            weights.AsSpan(rows * map.SlotsPerChannel, map.SlotsPerChannel).Fill(weight);
        rows++;
    }

    /// <summary>Gives all rows to <paramref name="statistics"/> and starts anew.</summary>
    /// <exception cref="InvalidOperationException">A value is infinite, or missing where that is an error.</exception>
    public void MoveTo(IColumnStatistics statistics)
    {
        var filled = values.AsSpan(0, rows * map.Slots);
        var bad = FiniteValues.IndexOfBad<T>(filled, missingValues);
        if (bad >= 0)
            throw FiniteValues.Error(column, filled[bad], positions[bad / map.Slots], bad % map.Slots);
        if (map.Layout == ChannelLayout.ChannelsFirst)
            for (var row = 0; row < rows; row++)
                Interleave(filled.Slice(row * map.Slots, map.Slots));
        statistics.Add<T>(filled, weights.Length > 0 ? weights.AsSpan(0, rows * map.SlotsPerChannel) : []);
        rows = 0;
    }

    private void Interleave(Span<T> image)
    {
        image.CopyTo(planes);
        for (var c = 0; c < map.Channels; c++)
        {
            var plane = planes.AsSpan(c * map.SlotsPerChannel, map.SlotsPerChannel);
            for (var p = 0; p < plane.Length; p++)
                image[p * map.Channels + c] = plane[p];
        }
    }
}

/// <summary>Finds values that no statistics can be made of.</summary>
internal static class FiniteValues
{
    /// <summary>Index of the first value that is infinite, or missing where that is an error; -1 if there is none.</summary>
    public static int IndexOfBad<T>(ReadOnlySpan<T> values, MissingValueHandling missingValues)
        where T : unmanaged, IFloatingPoint<T>
    {
        if (TensorPrimitives.IsFiniteAll(values))
            return -1;
        for (var i = 0; i < values.Length; i++)
            if (T.IsInfinity(values[i]) || T.IsNaN(values[i]) && missingValues == MissingValueHandling.Error)
                return i;
        return -1;
    }

    public static InvalidOperationException Error<T>(string column, T value, long row, int slot) => new(
        $"Column '{column}' has the value {value} in row {row}, slot {slot}. Statistics need finite values: replace missing ones first, "
        + $"for example with ReplaceMissingValues, or set {nameof(BatchNormalizationOptions.MissingValues)} to skip them; "
        + "infinite ones are always an error.");
}
