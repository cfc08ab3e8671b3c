// Stands for DataViewSchema.Annotations of Microsoft.ML.DataView: named values attached to a column. Left out: nothing that is public.

namespace Microsoft.ML;

public sealed partial class DataViewSchema
{
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
