// Stands for AnnotationUtils and the annotation extensions of Microsoft.ML.Core and Microsoft.ML.Data. Left out: every annotation that
// our code writes by its documented name, and categorical slots.

namespace Microsoft.ML.Data;

internal static class AnnotationUtils
{
    public static class Kinds
    {
        /// <summary>A vector of the values that a key stands for.</summary>
        public const string KeyValues = "KeyValues";

        /// <summary>A text vector with the names of the slots of a vector.</summary>
        public const string SlotNames = "SlotNames";

        /// <summary>A boolean: whether the values are about the same size.</summary>
        public const string IsNormalized = "IsNormalized";
    }
}

public static class SchemaAnnotationsExtensions
{
    /// <summary>Whether the column is a vector with one text name for each slot.</summary>
    public static bool HasSlotNames(this DataViewSchema.Column column) =>
        column.Type.GetVectorSize() is var size and > 0 && HasVector(column, Kinds.SlotNames, (ulong)size, TextDataViewType.Instance);

    /// <summary>Whether each key of the column has a value of type <paramref name="keyValueItemType"/>, which is text if null.</summary>
    public static bool HasKeyValues(this DataViewSchema.Column column, PrimitiveDataViewType keyValueItemType = null) =>
        column.Type.GetItemType() is KeyDataViewType key
        && HasVector(column, Kinds.KeyValues, key.Count, keyValueItemType ?? TextDataViewType.Instance);

    public static bool IsNormalized(this DataViewSchema.Column column)
    {
        var value = false;
        if (column.Annotations.Schema.GetColumnOrNull(Kinds.IsNormalized)?.Type is BooleanDataViewType)
            column.Annotations.GetValue(Kinds.IsNormalized, ref value);
        return value;
    }

    public static void GetSlotNames(this DataViewSchema.Column column, ref VBuffer<ReadOnlyMemory<char>> slotNames) =>
        column.Annotations.GetValue(Kinds.SlotNames, ref slotNames);

    public static void GetKeyValues<TValue>(this DataViewSchema.Column column, ref VBuffer<TValue> keyValues) =>
        column.Annotations.GetValue(Kinds.KeyValues, ref keyValues);

    private static bool HasVector(DataViewSchema.Column column, string kind, ulong size, DataViewType itemType) =>
        column.Annotations.Schema.GetColumnOrNull(kind)?.Type is VectorDataViewType vector
        && (ulong)vector.Size == size && vector.ItemType.Equals(itemType);
}

internal static class AnnotationBuilderExtensions
{
    public static void AddSlotNames(
        this DataViewSchema.Annotations.Builder builder, int size, ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter) =>
        builder.Add(Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, size), getter);

    public static void AddKeyValues<TValue>(
        this DataViewSchema.Annotations.Builder builder, int size, PrimitiveDataViewType valueType, ValueGetter<VBuffer<TValue>> getter) =>
        builder.Add(Kinds.KeyValues, new VectorDataViewType(valueType, size), getter);
}
