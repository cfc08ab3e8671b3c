using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Labels;

/// <summary>
/// A type that key values may have, and how one such value is written. The codes stand in saved models: never change or reuse one.
/// </summary>
internal abstract class KeyValueType(byte code, PrimitiveDataViewType itemType)
{
    private static readonly KeyValueType[] All =
    [
        Make(1, sizeof(int), TextDataViewType.Instance, (w, v) => w.Write(v.ToString()), r => r.ReadString().AsMemory()),
        Make(2, sizeof(bool), BooleanDataViewType.Instance, (w, v) => w.Write(v), r => r.ReadBoolean()),
        Make(3, sizeof(byte), NumberDataViewType.SByte, (w, v) => w.Write((byte)v), r => (sbyte)r.ReadByte()),
        Make(4, sizeof(byte), NumberDataViewType.Byte, (w, v) => w.Write(v), r => r.ReadByte()),
        Make(5, sizeof(int), NumberDataViewType.Int16, (w, v) => w.Write((int)v), r => (short)r.ReadInt32()),
        Make(6, sizeof(int), NumberDataViewType.UInt16, (w, v) => w.Write((int)v), r => (ushort)r.ReadInt32()),
        Make(7, sizeof(int), NumberDataViewType.Int32, (w, v) => w.Write(v), r => r.ReadInt32()),
        Make(8, sizeof(int), NumberDataViewType.UInt32, (w, v) => w.Write((int)v), r => (uint)r.ReadInt32()),
        Make(9, sizeof(long), NumberDataViewType.Int64, (w, v) => w.Write(v), r => r.ReadInt64()),
        Make(10, sizeof(long), NumberDataViewType.UInt64, (w, v) => w.Write((long)v), r => (ulong)r.ReadInt64()),
        Make(11, sizeof(float), NumberDataViewType.Single, (w, v) => w.Write(v), r => r.ReadSingle()),
        Make(12, sizeof(double), NumberDataViewType.Double, (w, v) => w.Write(v), r => r.ReadDouble()),
        // Not ToBinary, which moves local times into the time zone of the machine that reads them.
        Make(
            13, sizeof(long) + sizeof(byte), DateTimeDataViewType.Instance,
            (w, v) => { w.Write(v.Ticks); w.Write((byte)v.Kind); },
            r => new DateTime(r.ReadInt64(), (DateTimeKind)r.ReadByte())),
        Make(14, sizeof(long), TimeSpanDataViewType.Instance, (w, v) => w.Write(v.Ticks), r => new TimeSpan(r.ReadInt64())),
        Make(
            15, 2 * sizeof(long), DateTimeOffsetDataViewType.Instance,
            (w, v) => { w.Write(v.Ticks); w.Write(v.Offset.Ticks); },
            r => new DateTimeOffset(r.ReadInt64(), new TimeSpan(r.ReadInt64()))),
        Make(
            16, 2 * sizeof(long), RowIdDataViewType.Instance,
            (w, v) => { w.Write((long)v.Low); w.Write((long)v.High); },
            r => new DataViewRowId((ulong)r.ReadInt64(), (ulong)r.ReadInt64())),
    ];

    /// <summary>The types in words, for messages.</summary>
    public static string Supported => string.Join(", ", All.Select(type => type.ItemType));

    public byte Code { get; } = code;

    public PrimitiveDataViewType ItemType { get; } = itemType;

    public static KeyValueType? Of(PrimitiveDataViewType itemType) => All.FirstOrDefault(type => type.ItemType.Equals(itemType));

    public static KeyValueType? OfCode(byte code) => All.FirstOrDefault(type => type.Code == code);

    public abstract KeyValues Read(DataViewSchema.Annotations annotations);

    public abstract KeyValues Read(PayloadReader payload);

    private static KeyValueType<T> Make<T>(
        byte code, int smallest, PrimitiveDataViewType itemType, Action<PayloadWriter, T> write, Func<PayloadReader, T> read) =>
        new(code, smallest, itemType, write, read);
}

/// <summary>A type of key values with <typeparamref name="T"/> behind it.</summary>
/// <param name="code">In saved models.</param>
/// <param name="smallest">Bytes that no value is written in fewer of.</param>
/// <param name="itemType">ML.NET's type.</param>
/// <param name="write">Writes a value.</param>
/// <param name="read">Reads a value.</param>
internal sealed class KeyValueType<T>(
    byte code, int smallest, PrimitiveDataViewType itemType, Action<PayloadWriter, T> write, Func<PayloadReader, T> read)
    : KeyValueType(code, itemType)
{
    public Action<PayloadWriter, T> Write { get; } = write;

    public override KeyValues Read(DataViewSchema.Annotations annotations)
    {
        VBuffer<T> values = default;
        annotations.GetValue(AnnotationKinds.KeyValues, ref values);
        return new KeyValues<T>(this, [.. values.DenseValues()]);
    }

    public override KeyValues Read(PayloadReader payload)
    {
        var values = new T[payload.ReadCount(smallest)];
        try
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = read(payload);
        }
        catch (ArgumentException reason)   // a date or a time that does not exist
        {
            throw payload.Invalid($"a key value is no {ItemType}: {reason.Message}");
        }

        return new KeyValues<T>(this, values);
    }
}
