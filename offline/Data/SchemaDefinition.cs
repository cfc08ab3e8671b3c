// Stands for SchemaDefinition of Microsoft.ML.Data: how a class is seen as columns. Left out: replacing columns by name.

namespace Microsoft.ML.Data;

/// <summary>The columns of a class, which may be changed before the class is used to load or create rows.</summary>
public sealed class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition() { }

    [Flags]
    public enum Direction { Read = 1, Write = 2, Both = Read | Write }

    public Column this[string columnName] => Find(column => column.ColumnName == columnName) ?? throw new ArgumentOutOfRangeException(
        nameof(columnName), $"There is no column '{columnName}', but {string.Join(", ", this.Select(column => column.ColumnName))}.");

    /// <summary>A column for each public field and property that can be used in the <paramref name="direction"/>.</summary>
    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        Contracts.CheckRef(userType, nameof(userType));
        var definition = new SchemaDefinition();
        foreach (var member in MembersOf(userType, direction).Where(member => !member.IsDefined(typeof(NoColumnAttribute))))
        {
            var name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;
            if (definition.Exists(column => column.ColumnName == name))
                throw new InvalidOperationException($"{userType} has more than one member for column '{name}'.");
            definition.Add(new Column(member.Name, name, ColumnMember.ColumnTypeOf(member)));
        }

        return definition;
    }

    private static IEnumerable<MemberInfo> MembersOf(Type type, Direction direction)
    {
        const BindingFlags Public = BindingFlags.Instance | BindingFlags.Public;
        var writes = direction.HasFlag(Direction.Write);
        var reads = direction.HasFlag(Direction.Read);
        return type.GetFields(Public).Where(field => !writes || !field.IsInitOnly).Cast<MemberInfo>()
            .Concat(type.GetProperties(Public).Where(property => property.GetIndexParameters().Length == 0
                && (!writes || property.GetSetMethod() != null) && (!reads || property.GetGetMethod() != null)));
    }

    public sealed class Column
    {
        private readonly DataViewSchema.Annotations.Builder annotations = new();

        internal Column(string memberName, string columnName, DataViewType columnType)
        {
            MemberName = memberName;
            ColumnName = columnName;
            ColumnType = columnType;
        }

        public string MemberName { get; }
        public string ColumnName { get; set; }

        /// <summary>The type of the column; it may be changed to another of the same raw type, as to give a vector its size.</summary>
        public DataViewType ColumnType { get; set; }
        public DataViewSchema.Annotations Annotations => annotations.ToAnnotations();

        public void AddAnnotation<T>(string kind, T value, DataViewType annotationType)
        {
            var conversion = ValueConversion.Find(typeof(T), annotationType.RawType)
                ?? throw new ArgumentException($"{annotationType} cannot be made from {typeof(T)}.", nameof(annotationType));
            annotations.Add(kind, annotationType, conversion.MakeGetter((Func<T>)(() => value)));
        }

        internal void AddAnnotations(DataViewSchema.Annotations source) => annotations.Add(source, _ => true);
    }
}
