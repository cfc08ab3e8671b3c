// Stands for the attributes of Microsoft.ML.Data on members of row classes. Left out: what LoadColumn does; it is accepted and ignored.

namespace Microsoft.ML.Data;

[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ColumnNameAttribute : Attribute
{
    public ColumnNameAttribute(string name) => Name = name;

    internal string Name { get; }
}

/// <summary>The member is no column.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class NoColumnAttribute : Attribute { }

/// <summary>The column of a text file, which only matters to the text loader of the packages.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class LoadColumnAttribute : Attribute
{
    public LoadColumnAttribute(int fieldIndex) => Indexes = [fieldIndex];

    internal int[] Indexes { get; }
}

/// <summary>The member is a vector of known size.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class VectorTypeAttribute : Attribute
{
    public VectorTypeAttribute() => Dimensions = [0];
    public VectorTypeAttribute(int size) => Dimensions = [size];
    public VectorTypeAttribute(params int[] dimensions) => Dimensions = dimensions;

    internal int[] Dimensions { get; }
}

/// <summary>The member is a key with <c>count</c> values, or with as many as its type has.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class KeyTypeAttribute : Attribute
{
    public KeyTypeAttribute() { }
    public KeyTypeAttribute(ulong count) => Count = count;

    internal ulong? Count { get; }
}

/// <summary>The base of attributes that give a member a type of its own.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public abstract class DataViewTypeAttribute : Attribute, IEquatable<DataViewTypeAttribute>
{
    protected DataViewTypeAttribute() { }
    public abstract bool Equals(DataViewTypeAttribute other);

    /// <summary>Makes the type known to <see cref="DataViewTypeManager"/>.</summary>
    public abstract void Register();
}

/// <summary>Which column type values of a class of the user's have.</summary>
public static class DataViewTypeManager
{
    private static readonly List<(Type Type, DataViewTypeAttribute Attribute, DataViewType DataViewType)> Registered = [];

    public static void Register(DataViewType dataViewType, Type type, DataViewTypeAttribute typeAttribute = null)
    {
        Contracts.CheckRef(dataViewType, nameof(dataViewType));
        Contracts.CheckRef(type, nameof(type));
        lock (Registered)
        {
            var known = Find(type, typeAttribute);
            if (known == null)
                Registered.Add((type, typeAttribute, dataViewType));
            else if (!known.Equals(dataViewType))
                throw new ArgumentException($"{type} is registered as {known} already; it cannot be {dataViewType} too.", nameof(type));
        }
    }

    internal static DataViewType Find(Type type, DataViewTypeAttribute attribute)
    {
        lock (Registered)
            return Registered.Find(entry => entry.Type == type && (entry.Attribute?.Equals(attribute) ?? attribute == null)).DataViewType;
    }
}
