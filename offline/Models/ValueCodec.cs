// Stands for the codecs of Microsoft.ML.Data: column types and primitive values in a model file. Left out: types of the user's.

using System.Collections.Immutable;

namespace Microsoft.ML;

internal static class TypeCodec
{
    private const byte Primitive = 0, Key = 1, Vector = 2;

    public static bool CanWrite(DataViewType type) => ValueCodec.For(type.GetItemType()) != null;

    public static void Write(BinaryWriter writer, DataViewType type)
    {
        switch (type)
        {
            case VectorDataViewType vector:
                writer.Write(Vector);
                Write(writer, vector.ItemType);
                writer.Write(vector.Dimensions.Length);
                foreach (var dimension in vector.Dimensions)
                    writer.Write(dimension);
                break;
            case KeyDataViewType key:
                writer.Write(Key);
                writer.Write(key.RawType.FullName);
                writer.Write(key.Count);
                break;
            default:
                writer.Write(Primitive);
                writer.Write(type.ToString());
                break;
        }
    }

    public static DataViewType Read(BinaryReader reader)
    {
        switch (reader.ReadByte())
        {
            case Vector:
                var item = (PrimitiveDataViewType)Read(reader);
                var dimensions = ImmutableArray.CreateBuilder<int>();
                for (var count = reader.ReadInt32(); count > 0; count--)
                    dimensions.Add(reader.ReadInt32());
                return new VectorDataViewType(item, dimensions.ToImmutable());
            case Key:
                return new KeyDataViewType(Type.GetType(reader.ReadString()), reader.ReadUInt64());
            default:
                var name = reader.ReadString();
                return ColumnTypeExtensions.StandardTypes.Find(type => type.ToString() == name)
                    ?? throw new FormatException($"The model file is damaged: there is no column type '{name}'.");
        }
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
