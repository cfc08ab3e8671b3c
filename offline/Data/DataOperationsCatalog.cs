// Stands for DataOperationsCatalog and ColumnCursorExtensions of Microsoft.ML.Data. Left out: files, splits, caches, shuffling, filters, schemas given as DataViewSchema.

using Microsoft.ML.Data;

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

        public IDataView TakeRows(IDataView input, long count) => new RowRangeView(input, 0, count);

        public IDataView SkipRows(IDataView input, long count) => new RowRangeView(input, count, long.MaxValue);
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

    /// <summary>The rows from <c>skip</c> on, at most <c>take</c> of them.</summary>
    internal sealed class RowRangeView(IDataView input, long skip, long take) : IDataView
    {
        public bool CanShuffle => false;

        public DataViewSchema Schema => input.Schema;

        public long? GetRowCount() => input.GetRowCount() is { } count ? Math.Min(take, Math.Max(0, count - skip)) : null;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
            new Cursor(input.GetRowCursor(columnsNeeded), skip, take);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) => [GetRowCursor(columnsNeeded, rand)];

        private sealed class Cursor(DataViewRowCursor input, long skip, long take) : DataViewRowCursor
        {
            private long position = -1;

            public override DataViewSchema Schema => input.Schema;

            public override long Position => position;

            public override long Batch => input.Batch;

            public override bool MoveNext()
            {
                while (skip > 0 && input.MoveNext())
                    skip--;
                var moved = skip == 0 && take > 0 && input.MoveNext();
                take--;
                position = moved ? position + 1 : -1;
                return moved;
            }

            public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);

            public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

            protected override void Dispose(bool disposing)
            {
                if (disposing)
                    input.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
