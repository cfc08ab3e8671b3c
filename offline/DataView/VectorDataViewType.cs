// Stands for VectorDataViewType of Microsoft.ML.DataView, and for the internal extensions that read column types. Left out: nothing.

using System.Collections.Immutable;

namespace Microsoft.ML.Data;

/// <summary>A vector of primitive items. A dimension of 0 is unknown, and so then is <see cref="Size"/>.</summary>
public sealed class VectorDataViewType : StructuredDataViewType
{
    public VectorDataViewType(PrimitiveDataViewType itemType, int size = 0) : this(itemType, ImmutableArray.Create(size)) { }

    public VectorDataViewType(PrimitiveDataViewType itemType, params int[] dimensions)
        : this(itemType, ImmutableArray.Create(Contracts.CheckRef(dimensions, nameof(dimensions)))) { }

    public VectorDataViewType(PrimitiveDataViewType itemType, ImmutableArray<int> dimensions)
        : base(typeof(VBuffer<>).MakeGenericType(Contracts.CheckRef(itemType, nameof(itemType)).RawType))
    {
        if (dimensions.IsDefaultOrEmpty || dimensions.Any(d => d < 0))
            throw new ArgumentOutOfRangeException(nameof(dimensions), "A vector needs at least one dimension, and none may be negative.");
        ItemType = itemType;
        Dimensions = dimensions;
        Size = dimensions.Aggregate(1, (product, dimension) => checked(product * dimension));
    }

    public ImmutableArray<int> Dimensions { get; }
    public PrimitiveDataViewType ItemType { get; }

    /// <summary>The number of items, or 0 when it differs from row to row.</summary>
    public int Size { get; }
    public bool IsKnownSize => Size > 0;

    public override bool Equals(DataViewType other) =>
        other is VectorDataViewType vector && vector.ItemType.Equals(ItemType) && vector.Dimensions.SequenceEqual(Dimensions);

    public override bool Equals(object other) => other is DataViewType type && Equals(type);
    public override int GetHashCode() => HashCode.Combine(ItemType, Size);

    public override string ToString()
    {
        if (Dimensions is [0])
            return $"VarVector<{ItemType}>";
        var dimensions = string.Join(", ", Dimensions.Select(d => d == 0 ? "*" : d.ToString(CultureInfo.InvariantCulture)));
        return $"{(IsKnownSize ? "Vector" : "VarVector")}<{ItemType}, {dimensions}>";
    }
}

internal static class ColumnTypeExtensions
{
    /// <summary>The item type of a vector, or the type itself.</summary>
    public static DataViewType GetItemType(this DataViewType columnType) =>
        columnType is VectorDataViewType vector ? vector.ItemType : columnType;

    /// <summary>The same scalar or vector, but of other items.</summary>
    public static DataViewType WithItems(this DataViewType columnType, PrimitiveDataViewType itemType) =>
        columnType is VectorDataViewType vector ? new VectorDataViewType(itemType, vector.Dimensions) : itemType;

    public static int GetVectorSize(this DataViewType columnType) => columnType is VectorDataViewType vector ? vector.Size : 0;

    /// <summary>The number of different keys, or 0 for a type that is no key.</summary>
    public static ulong GetKeyCount(this DataViewType columnType) => columnType is KeyDataViewType key ? key.Count : 0;

    /// <summary>The number, text, boolean or time type that <paramref name="type"/> represents; null when there is none.</summary>
    public static PrimitiveDataViewType PrimitiveTypeOrNull(this Type type) => StandardTypes.Find(standard => standard.RawType == type);

    public static readonly List<PrimitiveDataViewType> StandardTypes = [
        NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16,
        NumberDataViewType.Int32, NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64,
        NumberDataViewType.Single, NumberDataViewType.Double,
        BooleanDataViewType.Instance, TextDataViewType.Instance, DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance,
        TimeSpanDataViewType.Instance, RowIdDataViewType.Instance,
    ];
}
