// Stands for DataViewSchema of Microsoft.ML.DataView, with Column, DetachedColumn, Builder and Annotations. Left out: nothing public.

using System.Collections;

namespace Microsoft.ML;

/// <summary>The columns of a view. Of columns with the same name only the last is visible by name; the others are hidden.</summary>
public sealed class DataViewSchema : IReadOnlyList<DataViewSchema.Column>
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

    /// <summary>The annotations of a column: a schema of kinds with one value each.</summary>
    public sealed class Annotations
    {
        private readonly Delegate[] getters;

        private Annotations(DataViewSchema schema, Delegate[] getters)
        {
            Schema = schema;
            this.getters = getters;
        }

        public static Annotations Empty { get; } = new Builder().ToAnnotations();
        public DataViewSchema Schema { get; }

        public ValueGetter<TValue> GetGetter<TValue>(Column column)
        {
            if (column.Index >= getters.Length)
                throw new ArgumentOutOfRangeException(nameof(column), $"There is no annotation with index {column.Index}.");
            return Getters.Cast<TValue>(getters[column.Index], Schema[column.Index]);
        }

        /// <summary>The value of the annotation <paramref name="kind"/>; an error when there is none or it is of another type.</summary>
        public void GetValue<TValue>(string kind, ref TValue value)
        {
            var column = Schema.GetColumnOrNull(kind)
                ?? throw new InvalidOperationException($"The column has no annotation '{kind}'; it has: {this}.");
            GetGetter<TValue>(column)(ref value);
        }

        public override string ToString() => string.Join(", ", Schema.Select(column => column.Name));

        public sealed class Builder
        {
            private readonly List<(DetachedColumn Column, Delegate Getter)> items = [];

            /// <summary>Adds the annotations whose kind the selector accepts; null adds nothing.</summary>
            public void Add(Annotations annotations, Func<string, bool> selector)
            {
                if (annotations == null)
                    return;
                foreach (var column in annotations.Schema.Where(column => selector(column.Name)))
                    items.Add((new DetachedColumn(column), annotations.getters[column.Index]));
            }

            public void Add<TValue>(string name, DataViewType type, ValueGetter<TValue> getter, Annotations annotations = null) =>
                Add(name, type, (Delegate)getter, annotations);

            public void Add(string name, DataViewType type, Delegate getter, Annotations annotations = null)
            {
                Contracts.CheckRef(type, nameof(type));
                if (Contracts.CheckRef(getter, nameof(getter)).GetType() != typeof(ValueGetter<>).MakeGenericType(type.RawType))
                    throw new ArgumentException($"{type} needs a ValueGetter of {type.RawType}, not {getter.GetType()}.", nameof(getter));
                items.Add((new DetachedColumn(name, type, annotations), getter));
            }

            public void AddPrimitiveValue<TValue>(string name, PrimitiveDataViewType type, TValue value, Annotations annotations = null) =>
                Add(name, type, (ref TValue target) => target = value, annotations);

            public Annotations ToAnnotations() =>
                new(new(items.ConvertAll(item => item.Column)), items.Select(item => item.Getter).ToArray());
        }
    }
}
