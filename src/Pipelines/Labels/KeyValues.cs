using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Labels;

/// <summary>
/// The values that the keys of a label stand for, of whatever primitive type: what MapKeyToValue turns a predicted key back into.
/// Immutable.
/// </summary>
internal abstract class KeyValues
{
    /// <summary>Type of one value.</summary>
    public abstract PrimitiveDataViewType ItemType { get; }

    /// <summary>Number of keys.</summary>
    public abstract int Count { get; }

    /// <summary>The key values of a label column, or null where it has none.</summary>
    public static KeyValues? Of(SourceColumn label)
    {
        if (label.Column.Annotations.Schema.GetColumnOrNull(AnnotationKinds.KeyValues) is not { } annotation)
            return null;
        if (annotation.Type is not VectorDataViewType { ItemType: var itemType } || KeyValueType.Of(itemType) is not { } type)
            throw label.Mismatch(
                $"key values of type {KeyValueType.Supported}", annotation.Type,
                "Convert the column to one of them with Conversion.ConvertType before MapValueToKey.");
        return type.Read(label.Column.Annotations);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static KeyValues Read(PayloadReader payload)
    {
        var code = payload.ReadByte();
        var type = KeyValueType.OfCode(code) ?? throw payload.Invalid($"the type {code} of its key values is unknown.");
        return type.Read(payload);
    }

    /// <summary>Whether the others are the same values in the same order.</summary>
    public abstract bool Matches(KeyValues? other);

    /// <summary>For every value its position among the others, or -1; all -1 if those are of another type.</summary>
    public abstract int[] PositionsIn(KeyValues others);

    /// <summary>The value at a position, in words.</summary>
    public abstract string TextOf(int position);

    /// <summary>Adds the values to a column's annotations as <paramref name="kind"/>.</summary>
    public abstract void Annotate(DataViewSchema.Annotations.Builder annotations, string kind);

    /// <summary>Writes type and values.</summary>
    public abstract void Write(PayloadWriter payload);
}

/// <summary>Key values with <typeparamref name="T"/> behind them.</summary>
internal sealed class KeyValues<T>(KeyValueType<T> type, T[] values) : KeyValues
{
    public override PrimitiveDataViewType ItemType => type.ItemType;

    public override int Count => values.Length;

    private const int Shown = 20;

    private T[] Values => values;

    public override bool Matches(KeyValues? other) =>
        other is KeyValues<T> { Values: var others } && values.Select(Comparable).SequenceEqual(others.Select(Comparable));

    public override int[] PositionsIn(KeyValues others)
    {
        T[] known = others is KeyValues<T> { Values: var same } ? same : [];
        var positions = known.Index().ToDictionary(value => Comparable(value.Item), value => value.Index);
        return [.. values.Select(value => positions.GetValueOrDefault(Comparable(value), -1))];
    }

    public override string TextOf(int position) => Convert.ToString(Comparable(values[position]), CultureInfo.InvariantCulture)!;

    public override void Annotate(DataViewSchema.Annotations.Builder annotations, string kind) =>
        annotations.Add<VBuffer<T>>(kind, new VectorDataViewType(ItemType, Count), CopyTo);

    public override void Write(PayloadWriter payload)
    {
        payload.Write(type.Code);
        payload.Write(values.Length);
        foreach (var value in values)
            type.Write(payload, value);
    }

    // Texts are compared by what they say, not by where they lie.
    private static object Comparable(T value) => value is ReadOnlyMemory<char> text ? text.ToString() : value!;

    /// <summary>The first few, as "red, green, blue".</summary>
    public override string ToString() =>
        string.Join(", ", values.Take(Shown).Select(Comparable)) + (Count > Shown ? $" and {Count - Shown} more" : "");

    private void CopyTo(ref VBuffer<T> output)
    {
        var editor = VBufferEditor.Create(ref output, values.Length);
        values.CopyTo(editor.Values);
        output = editor.Commit();
    }
}
