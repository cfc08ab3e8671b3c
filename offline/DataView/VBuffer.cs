// Stands for VBuffer<T> and VBufferEditor of Microsoft.ML.DataView: the value of a vector column, and how it is filled. Left out: copying
// parts, editing a buffer as it is, whether arrays are new.

using System.Collections;

namespace Microsoft.ML.Data;

/// <summary>
/// A vector of <see cref="Length"/> values, dense or sparse. A sparse one holds the values of some slots with their increasing indices;
/// all other slots are default. Arrays are reused when a getter fills the same buffer again: who keeps values must copy them.
/// </summary>
public readonly struct VBuffer<T> : IEnumerable
{
    public readonly int Length;
    private readonly int count;
    private readonly T[] values;
    private readonly int[] indices;

    public VBuffer(int length, T[] values, int[] indices = null) : this(length, length, values, indices) { }

    public VBuffer(int length, int count, T[] values, int[] indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (count < 0 || count > length)
            throw new ArgumentOutOfRangeException(nameof(count), $"A vector of length {length} holds 0 to {length} values, not {count}.");
        CheckCapacity(values, count, nameof(values));
        if (count < length)
            CheckCapacity(indices, count, nameof(indices));
        Length = length;
        this.count = count;
        this.values = values;
        this.indices = indices;
    }

    public bool IsDense => count == Length;

    /// <summary>The values that are present: all of them when dense, else those of <see cref="GetIndices"/>.</summary>
    public ReadOnlySpan<T> GetValues() => values.AsSpan(0, count);

    /// <summary>The slots of the values; empty when dense.</summary>
    public ReadOnlySpan<int> GetIndices() => IsDense ? default : indices.AsSpan(0, count);
    public void CopyTo(Span<T> destination) => CopyTo(destination, 0);

    public void CopyTo(Span<T> destination, int destinationIndex, T defaultValue = default)
    {
        var target = destination.Slice(destinationIndex, Length);
        if (IsDense)
        {
            GetValues().CopyTo(target);
            return;
        }

        target.Fill(defaultValue);
        for (var i = 0; i < count; i++)
            target[indices[i]] = values[i];
    }

    public void CopyTo(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length, count);
        GetValues().CopyTo(editor.Values);
        if (!IsDense)
            GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public void CopyToDense(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length);
        CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public static void Copy(T[] source, int sourceIndex, ref VBuffer<T> destination, int length)
    {
        var editor = VBufferEditor.Create(ref destination, length);
        source.AsSpan(sourceIndex, length).CopyTo(editor.Values);
        destination = editor.Commit();
    }

    /// <summary>The slots with their values: the present ones, or <paramref name="all"/>.</summary>
    public IEnumerable<KeyValuePair<int, T>> Items(bool all = false)
    {
        for (int slot = 0, next = 0; all || IsDense ? slot < Length : next < count; slot++)
        {
            if (!all && !IsDense)
                slot = indices[next];
            var present = IsDense || (next < count && indices[next] == slot);
            yield return new(slot, present ? values[next++] : default);
        }
    }

    public IEnumerable<T> DenseValues() => Items(all: true).Select(item => item.Value);
    public IEnumerator GetEnumerator() => Items(all: true).GetEnumerator();

    public T GetItemOrDefault(int index)
    {
        if ((uint)index >= (uint)Length)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The vector has length {Length}.");
        if (IsDense)
            return values[index];
        var position = GetIndices().BinarySearch(index);
        return position >= 0 ? values[position] : default;
    }

    public override string ToString() => IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {count} values";
    internal (T[] Values, int[] Indices, int Count) Storage => (values, indices, count);

    private static void CheckCapacity<TItem>(TItem[] array, int needed, string name)
    {
        if ((array?.Length ?? 0) < needed)
            throw new ArgumentException($"The array holds {array?.Length ?? 0} items, fewer than the {needed} it is said to.", name);
    }
}

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
