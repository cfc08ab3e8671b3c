// Stands for SchemaShape of Microsoft.ML.Core: what an estimator promises before it sees data. Left out: internal helpers we do not call.

using System.Collections;

namespace Microsoft.ML;

/// <summary>Columns without sizes: name, scalar or vector, item type, whether a key, and the annotations that will be there.</summary>
public sealed class SchemaShape : IReadOnlyList<SchemaShape.Column>
{
    private static readonly SchemaShape Empty = new([]);
    private readonly Column[] columns;

    public SchemaShape(IEnumerable<Column> columns) => this.columns = Contracts.CheckRef(columns, nameof(columns)).ToArray();
    public int Count => columns.Length;
    public Column this[int index] => columns[index];
    public IEnumerator<Column> GetEnumerator() => ((IEnumerable<Column>)columns).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The shape of the visible columns of a schema.</summary>
    internal static SchemaShape Create(DataViewSchema schema) => new(
        schema.Where(column => !column.IsHidden).Select(column => ShapeOf(column, Create(column.Annotations.Schema))));

    internal bool TryFindColumn(string name, out Column column)
    {
        var index = Array.FindIndex(columns, candidate => candidate.Name == name);
        column = index < 0 ? default : columns[index];
        return index >= 0;
    }

    private static Column ShapeOf(DataViewSchema.Column column, SchemaShape annotations)
    {
        var kind = column.Type is not VectorDataViewType vector ? Column.VectorKind.Scalar
            : vector.IsKnownSize ? Column.VectorKind.Vector : Column.VectorKind.VariableVector;
        var itemType = column.Type.GetItemType();
        var isKey = itemType is KeyDataViewType;
        return new(column.Name, kind, isKey ? itemType.RawType.PrimitiveTypeOrNull() : itemType, isKey, annotations);
    }

    public readonly struct Column
    {
        public readonly string Name;
        public readonly VectorKind Kind;
        public readonly DataViewType ItemType;
        public readonly bool IsKey;
        public readonly SchemaShape Annotations;

        internal Column(string name, VectorKind vecKind, DataViewType itemType, bool isKey, SchemaShape annotations = null)
        {
            Name = Contracts.CheckNonEmpty(name, nameof(name));
            Kind = vecKind;
            ItemType = Contracts.CheckRef(itemType, nameof(itemType));
            if (itemType is KeyDataViewType or VectorDataViewType)
                throw new ArgumentException($"An item type is no vector and no key (say isKey), unlike {itemType}.", nameof(itemType));
            if (isKey && !KeyDataViewType.IsValidDataType(itemType.RawType))
                throw new ArgumentException($"A key is a Byte, UInt16, UInt32 or UInt64, not {itemType}.", nameof(itemType));
            IsKey = isKey;
            Annotations = annotations ?? Empty;
        }

        public enum VectorKind { Scalar = 0, Vector = 1, VariableVector = 2 }

        internal string GetTypeString()
        {
            var item = IsKey ? $"Key<{ItemType}>" : ItemType.ToString();
            return Kind switch
            {
                VectorKind.Vector => $"Vector<{item}>",
                VectorKind.VariableVector => $"VarVector<{item}>",
                _ => item,
            };
        }
    }
}
