using Microsoft.ML;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>Finds the columns an estimator or transformer works on and explains what does not fit.</summary>
internal static class ColumnTypes
{
    /// <summary>The column called <paramref name="name"/>, or an error that lists what there is.</summary>
    public static DataViewSchema.Column Find(DataViewSchema schema, string role, string name) =>
        schema.GetColumnOrNull(name)
        ?? throw new ArgumentOutOfRangeException(
            nameof(schema), NotFound(role, name, schema.Where(column => !column.IsHidden).Select(column => column.Name)));

    /// <summary>The promised column called <paramref name="name"/>, or an error that lists what there is.</summary>
    public static SchemaShape.Column Find(SchemaShape inputSchema, string role, string name)
    {
        foreach (var column in inputSchema)
            if (column.Name == name)
                return column;
        throw new ArgumentOutOfRangeException(nameof(inputSchema), NotFound(role, name, inputSchema.Select(column => column.Name)));
    }

    /// <summary>The error for a column of the wrong type.</summary>
    public static ArgumentOutOfRangeException Mismatch(string parameterName, string role, string name, string expected, object found) =>
        new(parameterName, $"Schema mismatch for {role} column '{name}': expected {expected}, got {found}.");

    /// <summary>A promised column's type in words, such as <c>Vector&lt;Single&gt;</c> or <c>Key&lt;UInt32&gt;</c>.</summary>
    public static string Describe(SchemaShape.Column column)
    {
        var item = column.IsKey ? $"Key<{column.ItemType}>" : $"{column.ItemType}";
        return column.Kind switch
        {
            SchemaShape.Column.VectorKind.Vector => $"Vector<{item}>",
            SchemaShape.Column.VectorKind.VariableVector => $"VarVector<{item}>",
            _ => item,
        };
    }

    private static string NotFound(string role, string name, IEnumerable<string> names) =>
        $"There is no {role} column '{name}'. The data has: {string.Join(", ", names)}.";
}
