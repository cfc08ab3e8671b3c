// Stands for VBufferEditor of Microsoft.ML.DataView: how a VBuffer<T> is filled. Left out: editing a buffer
// as it is, and whether arrays are new.

namespace Microsoft.ML.Data;

public static class VBufferEditor
{
    /// <summary>
    /// An editor for a vector of <paramref name="newLogicalLength"/> slots, with <paramref name="valuesCount"/> or else all values.
    /// The arrays of <paramref name="destination"/> are reused when they are large enough; their content is then what it was.
    /// </summary>
    public static VBufferEditor<T> Create<T>(
        ref VBuffer<T> destination, int newLogicalLength, int? valuesCount = null, int? maxValuesCapacity = null,
        bool keepOldOnResize = false, bool requireIndicesOnDense = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(newLogicalLength);
        var count = valuesCount ?? newLogicalLength;
        if (count < 0 || count > newLogicalLength)
            throw new ArgumentOutOfRangeException(
                nameof(valuesCount), $"A vector of length {newLogicalLength} holds 0 to {newLogicalLength} values, not {count}.");
        var capacity = Math.Max(count, maxValuesCapacity ?? newLogicalLength);
        var (values, indices, _) = destination.Storage;
        EnsureCapacity(ref values, count, capacity, keepOldOnResize);
        var withIndices = count < newLogicalLength || requireIndicesOnDense;
        if (withIndices)
            EnsureCapacity(ref indices, count, capacity, keepOldOnResize);
        return new(newLogicalLength, count, values, indices, withIndices);
    }

    private static void EnsureCapacity<T>(ref T[] array, int needed, int capacity, bool keepOld)
    {
        if ((array?.Length ?? 0) >= needed)
            return;
        var grown = new T[Math.Min(capacity, Math.Max(needed, 2 * (array?.Length ?? 0)))];
        if (keepOld)
            array?.CopyTo(grown, 0);
        array = grown;
    }
}

/// <summary>The writable values and slots of a vector; <see cref="Commit"/> makes the vector.</summary>
public readonly ref struct VBufferEditor<T>
{
    /// <summary>The slots, to be filled in increasing order; empty for a dense vector.</summary>
    public readonly Span<int> Indices;
    public readonly Span<T> Values;
    private readonly int length;
    private readonly T[] values;
    private readonly int[] indices;

    internal VBufferEditor(int length, int count, T[] values, int[] indices, bool withIndices)
    {
        this.length = length;
        this.values = values;
        this.indices = indices;
        Values = values.AsSpan(0, count);
        Indices = withIndices ? indices.AsSpan(0, count) : default;
    }

    public VBuffer<T> Commit() => new(length, Values.Length, values, indices);

    /// <summary>Keeps only the first <paramref name="physicalValuesCount"/> values.</summary>
    public VBuffer<T> CommitTruncated(int physicalValuesCount)
    {
        if (physicalValuesCount < 0 || physicalValuesCount > Values.Length)
            throw new ArgumentOutOfRangeException(nameof(physicalValuesCount), $"The editor was made for {Values.Length} values.");
        return new(length, physicalValuesCount, values, indices);
    }
}
