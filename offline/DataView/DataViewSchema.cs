// Stands for DataViewSchema of Microsoft.ML.DataView, with its Builder, Column and DetachedColumn. Left out: nothing that is public.

using System.Collections;

namespace Microsoft.ML;

/// <summary>The columns of a view. Of columns with the same name only the last is visible by name; the others are hidden.</summary>
public sealed partial class DataViewSchema : IReadOnlyList<DataViewSchema.Column>
{
    private readonly Column[] columns;
    private readonly Dictionary<string, int> indexOfName = [];

    private DataViewSchema(List<DetachedColumn> source)
    {
        for (var i = 0; i < source.Count; i++)
            indexOfName[source[i].Name] = i;
        columns = new Column[source.Count];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = new Column(source[i].Name, i, indexOfName[source[i].Name] != i, source[i].Type, source[i].Annotations);
    }

    public int Count => columns.Length;

    public Column this[int columnIndex] => (uint)columnIndex < (uint)columns.Length
        ? columns[columnIndex]
        : throw new ArgumentOutOfRangeException(nameof(columnIndex), columnIndex, $"The schema has {columns.Length} columns.");

    public Column this[string name] => GetColumnOrNull(Contracts.CheckRef(name, nameof(name)))
        ?? throw new ArgumentOutOfRangeException(nameof(name), $"There is no column '{name}', but {string.Join(", ", indexOfName.Keys)}.");

    public Column? GetColumnOrNull(string name) => indexOfName.TryGetValue(name, out var index) ? columns[index] : null;
    public IEnumerator<Column> GetEnumerator() => ((IEnumerable<Column>)columns).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    public override string ToString() =>
        $"{Count} columns: {{{string.Join(", ", columns.Select(column => $"{column.Name}:{column.Type}"))}}}";

    /// <summary>A column of one schema.</summary>
    public readonly struct Column
    {
        internal Column(string name, int index, bool isHidden, DataViewType type, Annotations annotations)
        {
            Name = name;
            Index = index;
            IsHidden = isHidden;
            Type = type;
            Annotations = annotations;
        }

        public string Name { get; }
        public int Index { get; }
        public bool IsHidden { get; }
        public DataViewType Type { get; }
        public Annotations Annotations { get; }

        public override string ToString() => $"{Name}: {Type}{(Annotations.Schema.Count > 0 ? $" {Annotations}" : "")}";
    }

    /// <summary>A column that belongs to no schema yet.</summary>
    public readonly struct DetachedColumn
    {
        public DetachedColumn(string name, DataViewType type, Annotations annotations = null)
        {
            Name = Contracts.CheckNonEmpty(name, nameof(name));
            Type = Contracts.CheckRef(type, nameof(type));
            Annotations = annotations ?? Annotations.Empty;
        }

        public DetachedColumn(Column column) : this(column.Name, column.Type, column.Annotations) { }

        public string Name { get; }
        public DataViewType Type { get; }
        public Annotations Annotations { get; }
    }

    public sealed class Builder
    {
        private readonly List<DetachedColumn> columns = [];

        public void AddColumn(string name, DataViewType type, Annotations annotations = null) => columns.Add(new(name, type, annotations));
        public void AddColumns(IEnumerable<DetachedColumn> source) => columns.AddRange(source);
        public void AddColumns(IEnumerable<Column> source) => AddColumns(source.Select(column => new DetachedColumn(column)));
        public DataViewSchema ToSchema() => new(columns);
    }
}
