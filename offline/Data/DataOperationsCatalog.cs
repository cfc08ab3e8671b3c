// Stands for DataOperationsCatalog and ColumnCursorExtensions of Microsoft.ML.Data. Left out: files, splits, caches, shuffling, filters.

namespace Microsoft.ML
{
    /// <summary>Makes views from objects and objects from views.</summary>
    public sealed class DataOperationsCatalog : IInternalCatalog
    {
        private readonly IHostEnvironment environment;

        internal DataOperationsCatalog(IHostEnvironment environment) => this.environment = environment;
        IHostEnvironment IInternalCatalog.Environment => environment;

        /// <summary>A view of the sequence, which is enumerated again whenever the view is read.</summary>
        public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null)
            where TRow : class => new EnumerableView<TRow>(Contracts.CheckRef(data, nameof(data)), new TypedSchema<TRow>(schemaDefinition));

        /// <summary>The rows as objects; with <paramref name="reuseRowObject"/> always the same object.</summary>
        public IEnumerable<TRow> CreateEnumerable<TRow>(
            IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false, SchemaDefinition schemaDefinition = null)
            where TRow : class, new()
        {
            var reader = new RowReader<TRow>(Contracts.CheckRef(data, nameof(data)).Schema, ignoreMissingColumns, schemaDefinition);
            return Read();

            IEnumerable<TRow> Read()
            {
                using var cursor = data.GetRowCursor(reader.Columns);
                var fill = reader.MakeFiller(cursor);
                var row = new TRow();
                while (cursor.MoveNext())
                {
                    fill(row);
                    yield return row;
                    if (!reuseRowObject)
                        row = new TRow();
                }
            }
        }
    }
}

namespace Microsoft.ML.Data
{
    public static class ColumnCursorExtensions
    {
        public static IEnumerable<T> GetColumn<T>(this IDataView data, string columnName) => data.GetColumn<T>(data.Schema[columnName]);

        /// <summary>All values of one column, as the raw type or as strings and arrays.</summary>
        public static IEnumerable<T> GetColumn<T>(this IDataView data, DataViewSchema.Column column)
        {
            var conversion = ValueConversion.Find(typeof(T), column.Type.RawType)
                ?? throw new InvalidOperationException($"Column '{column.Name}' of type {column.Type} cannot be read as {typeof(T)}.");
            return Read();

            IEnumerable<T> Read()
            {
                using var cursor = data.GetRowCursor([column]);
                var getter = ((ValueConversion<T>)conversion).Read(cursor, column);
                while (cursor.MoveNext())
                {
                    // A fresh value for each row, since the caller may keep it.
                    T value = default;
                    getter(ref value);
                    yield return value;
                }
            }
        }
    }
}
