// Stands for the codecs of Microsoft.ML.Data: column types and primitive values in a model file. Left out: types of the user's.

namespace MLNet.Offline;

/// <summary>A type is written as the .NET type of its items, their key count (0: no key) and its dimensions (none: scalar).</summary>
internal static class TypeCodec
{
    public static bool CanWrite(DataViewType type) => ValueCodec.For(type.GetItemType()) != null;

    public static void Write(BinaryWriter writer, DataViewType type)
    {
        writer.Write(type.GetItemType().RawType.ToString());
        writer.Write((type.GetItemType() as KeyDataViewType)?.Count ?? 0);
        var dimensions = type is VectorDataViewType vector ? vector.Dimensions : [];
        writer.Write(dimensions.Length);
        foreach (var dimension in dimensions)
            writer.Write(dimension);
    }

    public static DataViewType Read(BinaryReader reader)
    {
        var name = reader.ReadString();
        var item = ColumnTypeExtensions.StandardTypes.Find(type => type.RawType.ToString() == name)
            ?? throw new FormatException($"The model file is damaged: there is no column type of '{name}'.");
        if (reader.ReadUInt64() is var keys && keys > 0)
            item = new KeyDataViewType(item.RawType, keys);
        var dimensions = new List<int>();
        for (var count = reader.ReadInt32(); count > 0; count--)
            dimensions.Add(reader.ReadInt32());
        return dimensions is [] ? item : new VectorDataViewType(item, dimensions.ToArray());
    }
}

/// <summary>Writes and reads values of one primitive type.</summary>
internal abstract class ValueCodec
{
    private static readonly Dictionary<Type, ValueCodec> OfRawType = new ValueCodec[]
    {
        new ValueCodec<sbyte>((writer, value) => writer.Write(value), reader => reader.ReadSByte()),
        new ValueCodec<byte>((writer, value) => writer.Write(value), reader => reader.ReadByte()),
        new ValueCodec<short>((writer, value) => writer.Write(value), reader => reader.ReadInt16()),
        new ValueCodec<ushort>((writer, value) => writer.Write(value), reader => reader.ReadUInt16()),
        new ValueCodec<int>((writer, value) => writer.Write(value), reader => reader.ReadInt32()),
        new ValueCodec<uint>((writer, value) => writer.Write(value), reader => reader.ReadUInt32()),
        new ValueCodec<long>((writer, value) => writer.Write(value), reader => reader.ReadInt64()),
        new ValueCodec<ulong>((writer, value) => writer.Write(value), reader => reader.ReadUInt64()),
        new ValueCodec<float>((writer, value) => writer.Write(value), reader => reader.ReadSingle()),
        new ValueCodec<double>((writer, value) => writer.Write(value), reader => reader.ReadDouble()),
        new ValueCodec<bool>((writer, value) => writer.Write(value), reader => reader.ReadBoolean()),
        new ValueCodec<ReadOnlyMemory<char>>((writer, value) => writer.Write(value.ToString()), reader => reader.ReadString().AsMemory()),
        new ValueCodec<DateTime>((writer, value) => writer.Write(value.ToBinary()), reader => DateTime.FromBinary(reader.ReadInt64())),
        new ValueCodec<TimeSpan>((writer, value) => writer.Write(value.Ticks), reader => new TimeSpan(reader.ReadInt64())),
        new ValueCodec<DateTimeOffset>(
            (writer, value) => { writer.Write(value.Ticks); writer.Write(value.Offset.Ticks); },
            reader => new DateTimeOffset(reader.ReadInt64(), new TimeSpan(reader.ReadInt64()))),
        new ValueCodec<DataViewRowId>(
            (writer, value) => { writer.Write(value.Low); writer.Write(value.High); },
            reader => new DataViewRowId(reader.ReadUInt64(), reader.ReadUInt64())),
    }.ToDictionary(codec => codec.RawType);

    protected abstract Type RawType { get; }

    /// <summary>The codec of a primitive type; null when there is none.</summary>
    public static ValueCodec For(DataViewType type) => type is PrimitiveDataViewType ? OfRawType.GetValueOrDefault(type.RawType) : null;

    /// <summary>Writes the value of an annotation, a scalar or a vector.</summary>
    public abstract void WriteAnnotation(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column annotation);

    /// <summary>Reads it, and returns a getter of it.</summary>
    public abstract Delegate ReadAnnotation(BinaryReader reader, DataViewType type);
}

internal sealed class ValueCodec<T>(Action<BinaryWriter, T> write, Func<BinaryReader, T> read) : ValueCodec
{
    protected override Type RawType => typeof(T);

    public void WriteAll(BinaryWriter writer, IReadOnlyCollection<T> values)
    {
        writer.Write(values.Count);
        foreach (var value in values)
            write(writer, value);
    }

    public T[] ReadAll(BinaryReader reader)
    {
        // Grows with what is there: a count beyond the end of the file ends in EndOfStreamException, not in a huge array.
        var values = new List<T>();
        for (var count = reader.ReadInt32(); count > 0; count--)
            values.Add(read(reader));
        return values.ToArray();
    }

    public override void WriteAnnotation(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column annotation)
    {
        if (annotation.Type is VectorDataViewType)
        {
            VBuffer<T> values = default;
            annotations.GetGetter<VBuffer<T>>(annotation)(ref values);
            WriteAll(writer, values.DenseValues().ToArray());
        }
        else
        {
            T value = default;
            annotations.GetGetter<T>(annotation)(ref value);
            write(writer, value);
        }
    }

    public override Delegate ReadAnnotation(BinaryReader reader, DataViewType type)
    {
        if (type is VectorDataViewType)
            return Getters.OfArray(ReadAll(reader));
        var value = read(reader);
        return (ValueGetter<T>)((ref T target) => target = value);
    }
}
