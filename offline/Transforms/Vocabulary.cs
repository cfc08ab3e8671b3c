// Stands for the internal term maps of Microsoft.ML.Data: the different values of a column, in order. Left out: building in parallel.

namespace MLNet.Offline;

internal abstract class Vocabulary(DataViewType itemType)
{
    public DataViewType ItemType => itemType;

    /// <summary>The key type of the values; a vocabulary without values still needs a key type, which then has one value.</summary>
    public KeyDataViewType KeyType => new(typeof(uint), Math.Max(1, Count));
    protected abstract int Count { get; }

    public static Vocabulary Create(DataViewType itemType) => itemType is TextDataViewType
        ? new Vocabulary<ReadOnlyMemory<char>>(itemType, new TextOrder())
        : (Vocabulary)Activator.CreateInstance(typeof(Vocabulary<>).MakeGenericType(itemType.RawType), itemType, null);

    public static Vocabulary Load(BinaryReader reader)
    {
        var vocabulary = Create(TypeCodec.Read(reader));
        vocabulary.ReadValues(reader);
        return vocabulary;
    }

    public void Save(BinaryWriter writer)
    {
        TypeCodec.Write(writer, itemType);
        WriteValues(writer);
    }

    public abstract void Sort();

    /// <summary>An action that adds the values of the current row.</summary>
    public abstract Action MakeCollector(DataViewRow row, DataViewSchema.Column column, int maximum);

    /// <summary>A getter of keys, scalar or vector as the column is.</summary>
    public abstract Delegate MakeKeyGetter(DataViewRow row, DataViewSchema.Column column);
    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder annotations, bool asText);
    protected abstract void WriteValues(BinaryWriter writer);
    protected abstract void ReadValues(BinaryReader reader);

    /// <summary>Texts by their characters, not by the memory they are in.</summary>
    private sealed class TextOrder : IComparer<ReadOnlyMemory<char>>, IEqualityComparer<ReadOnlyMemory<char>>
    {
        public int Compare(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceCompareTo(y.Span);
        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);
        public int GetHashCode(ReadOnlyMemory<char> obj) => string.GetHashCode(obj.Span);
    }
}

/// <summary>The values, and how many each is; <paramref name="order"/> compares them both ways, or is null where the type does.</summary>
internal sealed class Vocabulary<T>(DataViewType itemType, IEqualityComparer<T> order) : Vocabulary(itemType)
{
    private readonly Dictionary<T, uint> keys = new(order);
    private List<T> values = [];
    protected override int Count => values.Count;
    private ValueCodec<T> Codec => (ValueCodec<T>)ValueCodec.For(ItemType);

    public override void Sort()
    {
        var sorted = values.Order((IComparer<T>)order).ToArray();
        keys.Clear();
        values = [];
        foreach (var value in sorted)
            Add(value);
    }

    public override Action MakeCollector(DataViewRow row, DataViewSchema.Column column, int maximum)
    {
        var getter = Getters.AsVector<T>(row, column);
        VBuffer<T> vector = default;
        return () =>
        {
            getter(ref vector);
            foreach (var value in vector.DenseValues())
            {
                if (values.Count < maximum && !IsMissing(value) && !keys.ContainsKey(value))
                {
                    // A copy of a text: that of the row may be overwritten.
                    Add(value is ReadOnlyMemory<char> text ? (T)(object)text.ToString().AsMemory() : value);
                }
            }
        };
    }

    public override Delegate MakeKeyGetter(DataViewRow row, DataViewSchema.Column column) =>
        Getters.MapItems<T, uint>(row, column, value => keys.GetValueOrDefault(value));

    public override void AddKeyValues(DataViewSchema.Annotations.Builder annotations, bool asText)
    {
        if (values.Count == 0)
            return;
        if (asText && ItemType is not TextDataViewType)
            annotations.AddKeyValues(values.Count, TextDataViewType.Instance, Getters.OfArray(values.Select(AsText).ToArray()));
        else
            annotations.AddKeyValues(values.Count, (PrimitiveDataViewType)ItemType, Getters.OfArray(values.ToArray()));
    }

    protected override void WriteValues(BinaryWriter writer) => Codec.WriteAll(writer, values);

    protected override void ReadValues(BinaryReader reader)
    {
        foreach (var value in Codec.ReadAll(reader))
            Add(value);
    }

    private void Add(T value)
    {
        values.Add(value);
        keys.Add(value, (uint)values.Count);
    }

    private static bool IsMissing(T value) => value is float.NaN or double.NaN or ReadOnlyMemory<char> { IsEmpty: true };
    private static ReadOnlyMemory<char> AsText(T value) => Convert.ToString(value, CultureInfo.InvariantCulture).AsMemory();
}
