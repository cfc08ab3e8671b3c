using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>The type of a column, of a data view or promised, as far as both tell it.</summary>
/// <param name="Item">Type of one value; of a key the type behind it.</param>
/// <param name="IsKey">Whether a value is a key.</param>
/// <param name="Kind">Whether a row has one value, so many, or any number.</param>
internal readonly record struct ColumnType(DataViewType Item, bool IsKey, SchemaShape.Column.VectorKind Kind)
{
    public static ColumnType Of(SchemaShape.Column column) => new(column.ItemType, column.IsKey, column.Kind);

    public static ColumnType Of(DataViewType type)
    {
        var item = type is VectorDataViewType vector ? vector.ItemType : type;
        var kind = type switch
        {
            VectorDataViewType { IsKnownSize: true } => SchemaShape.Column.VectorKind.Vector,
            VectorDataViewType => SchemaShape.Column.VectorKind.VariableVector,
            _ => SchemaShape.Column.VectorKind.Scalar,
        };
        return new ColumnType(item, item is KeyDataViewType, kind);
    }

    public bool IsText => Item is TextDataViewType;

    public bool IsBoolean => Item is BooleanDataViewType;

    /// <summary>Whether ConvertType makes a Single of a value.</summary>
    public bool IsNumber => !IsKey && (IsBoolean || Item is NumberDataViewType);

    public bool IsScalar => Kind == SchemaShape.Column.VectorKind.Scalar;

    public bool IsOfUnknownSize => Kind == SchemaShape.Column.VectorKind.VariableVector;
}
