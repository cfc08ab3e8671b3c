using Microsoft.ML;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>A column that a user named, and what to tell if it is not there or does not fit.</summary>
/// <param name="Role">What it is for: "label".</param>
/// <param name="Name">Name of the column.</param>
/// <param name="Parameter">The option or argument that an error names: the one with the name, or with the data.</param>
internal readonly record struct ColumnReference(string Role, string Name, string Parameter)
{
    /// <summary>The option that holds the data, where that is not the argument; default null.</summary>
    public string? Data { get; private init; }

    /// <summary>"'Label'", or "'Label' of ValidationData" where the data comes from an option.</summary>
    public string Subject => Data is null ? $"'{Name}'" : $"'{Name}' of {Data}";

    /// <summary>What to do where data that comes from an option is not like the training data; else null.</summary>
    public string? DataRemedy => Data is null
        ? null
        : $"{Data} needs the columns of the training data: fit the steps in front of the trainer once, on the training rows, and Transform "
            + "both with them.";

    /// <summary>The same column in data that comes from an option, which errors name then.</summary>
    public ColumnReference In(string option) => this with { Parameter = option, Data = option };

    /// <summary>The column in a data view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing; the message lists what there is.</exception>
    public SourceColumn Find(DataViewSchema schema) => schema.GetColumnOrNull(Name) is { } column
        ? new SourceColumn(column, this)
        : throw NotFound(schema.Where(other => !other.IsHidden).Select(other => other.Name));

    /// <summary>The column in a promised schema.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing; the message lists what there is.</exception>
    public SchemaShape.Column Find(SchemaShape inputSchema)
    {
        foreach (var column in inputSchema)
            if (column.Name == Name)
                return column;
        throw NotFound(inputSchema.Select(column => column.Name));
    }

    /// <summary>The error for a column of the wrong type, and what to do about it, if there is a usual way.</summary>
    public ArgumentOutOfRangeException Mismatch(string expected, object found, string? remedy = null) =>
        new(Parameter, $"Schema mismatch for {Role} column {Subject}: expected {expected}, got {found}."
            + Sentence(remedy) + Sentence(DataRemedy));

    /// <summary>The error for a promised column of the wrong type, which it calls <c>Key&lt;UInt32&gt;</c> or the like.</summary>
    public ArgumentOutOfRangeException Mismatch(string expected, SchemaShape.Column found, string? remedy)
    {
        var item = found.IsKey ? $"Key<{found.ItemType}>" : $"{found.ItemType}";
        return Mismatch(expected, found.Kind switch
        {
            SchemaShape.Column.VectorKind.Vector => $"Vector<{item}>",
            SchemaShape.Column.VectorKind.VariableVector => $"VarVector<{item}>",
            _ => item,
        }, remedy);
    }

    private ArgumentOutOfRangeException NotFound(IEnumerable<string> names)
    {
        string[] all = [.. names];
        var meant = NearestName.To(Name, all) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        return new(Parameter, $"There is no {Role} column {Subject}.{meant} The data has: {string.Join(", ", all)}."
            + Sentence(DataRemedy));
    }

    private static string Sentence(string? remedy) => remedy is null ? "" : $" {remedy}";
}
