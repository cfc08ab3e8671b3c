// Stands for the internal conversions of Microsoft.ML.Data between members of a class and column values. Left out: nothing we need.

namespace MLNet.Offline;

internal static class ColumnMember
{
    public static Type TypeOf(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    /// <summary>The column type that a member has by its .NET type and attributes.</summary>
    public static DataViewType ColumnTypeOf(MemberInfo member)
    {
        var type = TypeOf(member);
        var attribute = member.GetCustomAttribute<DataViewTypeAttribute>();
        attribute?.Register();
        if (DataViewTypeManager.Find(type, attribute) is { } custom)
            return custom;

        var isVector = type.IsArray || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>));
        var item = !isVector ? type : type.IsArray ? type.GetElementType() : type.GetGenericArguments()[0];
        var itemType = (item == typeof(string) ? typeof(ReadOnlyMemory<char>) : item).PrimitiveTypeOrNull()
            ?? throw new ArgumentException(
                $"There is no column type for member '{member.Name}' of type {type}; [NoColumn] leaves it out.", nameof(member));
        if (member.GetCustomAttribute<KeyTypeAttribute>() is { } key)
            itemType = new KeyDataViewType(itemType.RawType, key.Count ?? KeyDataViewType.LargestCount(itemType.RawType));
        var vector = member.GetCustomAttribute<VectorTypeAttribute>();
        if (vector != null && !isVector)
            throw new ArgumentException($"Member '{member.Name}' is marked [VectorType], but {type} is no vector.", nameof(member));
        return isVector ? new VectorDataViewType(itemType, vector?.Dimensions ?? [0]) : itemType;
    }
}

/// <summary>Converts between a .NET type that users write and the raw type of a column.</summary>
internal abstract class ValueConversion
{
    /// <summary>From a <c>Func&lt;TUser&gt;</c> to a <c>ValueGetter&lt;TRaw&gt;</c>.</summary>
    public abstract Delegate MakeGetter(Delegate read);

    /// <summary>The conversion between the types; null when there is none.</summary>
    public static ValueConversion Find(Type user, Type raw)
    {
        if (user == typeof(string) && raw == typeof(ReadOnlyMemory<char>))
            return new ValueConversion<string, ReadOnlyMemory<char>>(
                (string user, ref ReadOnlyMemory<char> raw) => raw = user.AsMemory(),
                (in ReadOnlyMemory<char> raw, ref string user) => user = raw.ToString());
        if (user == typeof(string[]) && raw == typeof(VBuffer<ReadOnlyMemory<char>>))
            return new ValueConversion<string[], VBuffer<ReadOnlyMemory<char>>>(FromStrings, ToStrings);
        var isVector = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>);
        if (user == raw)
            return isVector ? Make(nameof(Vector), raw.GetGenericArguments()[0]) : Make(nameof(Identity), raw);
        return user.IsArray && isVector && raw.GetGenericArguments()[0] == user.GetElementType()
            ? Make(nameof(Array), user.GetElementType())
            : null;
    }

    private static ValueConversion Make(string method, Type type) =>
        (ValueConversion)Getters.CallGeneric(typeof(ValueConversion), method, [type]);

    private static ValueConversion<T, T> Identity<T>() => new((T user, ref T raw) => raw = user, (in T raw, ref T user) => user = raw);

    // Copies, so that neither side sees the other's buffers change.
    private static ValueConversion<VBuffer<T>, VBuffer<T>> Vector<T>() => new(
        (VBuffer<T> user, ref VBuffer<T> raw) => user.CopyTo(ref raw), (in VBuffer<T> raw, ref VBuffer<T> user) => raw.CopyTo(ref user));

    private static ValueConversion<T[], VBuffer<T>> Array<T>() => new(
        (T[] user, ref VBuffer<T> raw) => VBuffer<T>.Copy(user, 0, ref raw, user?.Length ?? 0),
        (in VBuffer<T> raw, ref T[] user) =>
        {
            if (user?.Length != raw.Length)
                user = new T[raw.Length];
            raw.CopyTo(user);
        });

    private static void FromStrings(string[] user, ref VBuffer<ReadOnlyMemory<char>> raw)
    {
        var editor = VBufferEditor.Create(ref raw, user?.Length ?? 0);
        for (var i = 0; i < editor.Values.Length; i++)
            editor.Values[i] = user[i].AsMemory();
        raw = editor.Commit();
    }

    private static void ToStrings(in VBuffer<ReadOnlyMemory<char>> raw, ref string[] user) =>
        user = raw.DenseValues().Select(text => text.ToString()).ToArray();
}

internal abstract class ValueConversion<TUser> : ValueConversion
{
    /// <summary>A getter in the user's type over one of a row.</summary>
    public abstract ValueGetter<TUser> Read(DataViewRow row, DataViewSchema.Column column);
}

internal sealed class ValueConversion<TUser, TRaw>(ValueConversion<TUser, TRaw>.ToRaw toRaw, ValueConversion<TUser, TRaw>.FromRaw fromRaw)
    : ValueConversion<TUser>
{
    public delegate void ToRaw(TUser user, ref TRaw raw);
    public delegate void FromRaw(in TRaw raw, ref TUser user);

    public override Delegate MakeGetter(Delegate read)
    {
        var readUser = (Func<TUser>)read;
        return (ValueGetter<TRaw>)((ref TRaw value) => toRaw(readUser(), ref value));
    }

    public override ValueGetter<TUser> Read(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<TRaw>(column);
        TRaw raw = default;
        return (ref TUser value) =>
        {
            getter(ref raw);
            fromRaw(raw, ref value);
        };
    }
}
