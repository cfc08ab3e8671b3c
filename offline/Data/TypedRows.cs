// Stands for the internal classes of Microsoft.ML.Data that turn objects into rows and rows into objects. Left out: shuffling.

using System.Linq.Expressions;

namespace MLNet.Offline;

/// <summary>One member of <typeparamref name="TRow"/> bound to one column.</summary>
internal abstract class MemberBinding<TRow>(SchemaDefinition.Column definition)
{
    public SchemaDefinition.Column Definition => definition;
    public static MemberBinding<TRow>[] All(SchemaDefinition definition) => definition.Select(Create).ToArray();

    /// <summary>A getter of the column's raw type that reads the member of the current object.</summary>
    public abstract Delegate MakeGetter(Func<TRow> current);

    /// <summary>An action that stores the column's current value in the member of an object.</summary>
    public abstract Action<TRow> MakeSetter(DataViewRow row, DataViewSchema.Column column);

    private static MemberBinding<TRow> Create(SchemaDefinition.Column definition)
    {
        var member = typeof(TRow).GetMember(definition.MemberName, BindingFlags.Instance | BindingFlags.Public).FirstOrDefault()
            ?? throw new ArgumentException($"{typeof(TRow)} has no public member '{definition.MemberName}'.", nameof(definition));
        var (type, raw) = (ColumnMember.TypeOf(member), definition.ColumnType.RawType);
        var conversion = ValueConversion.Find(type, raw) ?? throw new ArgumentException(
            $"Member '{member.Name}' of type {type} does not fit its column type {definition.ColumnType}.", nameof(definition));
        var binding = typeof(MemberBinding<>.Typed<,>).MakeGenericType(typeof(TRow), type, raw);
        return (MemberBinding<TRow>)Activator.CreateInstance(binding, definition, member, conversion);
    }

    private sealed class Typed<TMember, TRaw>(
        SchemaDefinition.Column definition, MemberInfo member, ValueConversion<TMember, TRaw> conversion) : MemberBinding<TRow>(definition)
    {
        private static readonly ParameterExpression Row = Expression.Parameter(typeof(TRow));
        private static readonly ParameterExpression Value = Expression.Parameter(typeof(TMember));

        public override Delegate MakeGetter(Func<TRow> current)
        {
            var read = Expression.Lambda<Func<TRow, TMember>>(Expression.MakeMemberAccess(Row, member), Row).Compile();
            var getter = conversion.MakeGetter((Func<TMember>)(() => read(current())));
            return Definition.ColumnType is KeyDataViewType key && getter is ValueGetter<uint> number
                ? CountFromOne(number, key.Count)
                : getter;
        }

        // Objects count keys from 0, columns from 1; a number out of range is a missing key.
        private static ValueGetter<uint> CountFromOne(ValueGetter<uint> number, ulong count) => (ref uint key) =>
        {
            number(ref key);
            key = key < count ? key + 1 : 0;
        };

        public override Action<TRow> MakeSetter(DataViewRow row, DataViewSchema.Column column)
        {
            var access = Expression.MakeMemberAccess(Row, member);
            var read = Expression.Lambda<Func<TRow, TMember>>(access, Row).Compile();
            var write = Expression.Lambda<Action<TRow, TMember>>(Expression.Assign(access, Value), Row, Value).Compile();
            var getter = conversion.Read(row, column);
            var readable = member is FieldInfo or PropertyInfo { CanRead: true };
            return target =>
            {
                // What the member holds is offered to the getter, which reuses its arrays.
                var value = readable ? read(target) : default;
                getter(ref value);
                write(target, value);
            };
        }
    }
}

/// <summary>The members that a class offers as columns.</summary>
internal sealed class TypedSchema<TRow> where TRow : class
{
    private readonly MemberBinding<TRow>[] bindings;

    public TypedSchema(SchemaDefinition definition)
    {
        bindings = MemberBinding<TRow>.All(definition ?? SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read));
        var builder = new DataViewSchema.Builder();
        foreach (var column in bindings.Select(binding => binding.Definition))
            builder.AddColumn(column.ColumnName, column.ColumnType, column.Annotations);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public Delegate MakeGetter(int column, Func<TRow> current) => bindings[column].MakeGetter(current);
}

/// <summary>A row over the current object: a cursor over a sequence, or fed one object at a time.</summary>
internal sealed class TypedRow<TRow>(TypedSchema<TRow> typed, ActiveColumns active, IEnumerator<TRow> rows = null) : DataViewRowCursor
    where TRow : class
{
    private TRow current;
    private long position = -1;
    public override DataViewSchema Schema => typed.Schema;
    public override long Position => position;
    public override long Batch => 0;

    /// <summary>Makes <paramref name="row"/> the current object, at the next position.</summary>
    public void MoveTo(TRow row)
    {
        current = Contracts.CheckRef(row, nameof(row));
        position++;
    }

    public override bool MoveNext()
    {
        if (!rows.MoveNext())
        {
            current = null;
            position = -1;
            return false;
        }

        MoveTo(rows.Current);
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        active.Check(column);
        return Getters.Cast<TValue>(typed.MakeGetter(column.Index, Current), column);
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
    {
        Current();
        id = new((ulong)position, 0);
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            rows?.Dispose();
        base.Dispose(disposing);
    }

    private TRow Current() => current ?? throw new InvalidOperationException("The cursor is before the first row or behind the last.");
}

/// <summary>The rows of a sequence, which is read again by each cursor.</summary>
internal sealed class EnumerableView<TRow>(IEnumerable<TRow> rows, TypedSchema<TRow> typed) : IDataView where TRow : class
{
    public bool CanShuffle => false;
    public DataViewSchema Schema => typed.Schema;
    public long? GetRowCount() => (rows as ICollection<TRow>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        new TypedRow<TRow>(typed, ActiveColumns.Of(Schema, Contracts.CheckRef(columnsNeeded, nameof(columnsNeeded))), rows.GetEnumerator());

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}

/// <summary>Fills objects from rows.</summary>
internal sealed class RowReader<TRow> where TRow : class
{
    private readonly (MemberBinding<TRow> Binding, DataViewSchema.Column Column)[] bound;

    public RowReader(DataViewSchema schema, bool ignoreMissingColumns, SchemaDefinition definition)
    {
        var bindings = MemberBinding<TRow>.All(definition ?? SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Write));
        bound = bindings.Where(binding => !ignoreMissingColumns || schema.GetColumnOrNull(binding.Definition.ColumnName) != null)
            .Select(binding => (binding, Bind(schema, binding.Definition)))
            .ToArray();
    }

    public IEnumerable<DataViewSchema.Column> Columns => bound.Select(pair => pair.Column);

    public Action<TRow> MakeFiller(DataViewRow row)
    {
        var setters = bound.Select(pair => pair.Binding.MakeSetter(row, pair.Column)).ToArray();
        return target =>
        {
            foreach (var setter in setters)
                setter(target);
        };
    }

    private static DataViewSchema.Column Bind(DataViewSchema schema, SchemaDefinition.Column member)
    {
        var column = schema.GetColumnOrNull(member.ColumnName)
            ?? throw new InvalidOperationException($"There is no column '{member.ColumnName}' for {typeof(TRow)}.{member.MemberName}.");
        var (size, memberSize) = (column.Type.GetVectorSize(), member.ColumnType.GetVectorSize());
        if (column.Type.RawType != member.ColumnType.RawType || (size > 0 && memberSize > 0 && size != memberSize))
            throw new InvalidOperationException(
                $"Column '{column.Name}' of {column.Type} does not fit {typeof(TRow)}.{member.MemberName} of {member.ColumnType}.");
        return column;
    }
}
