// Stands for what each estimator of Microsoft.ML.Data does for itself: deriving a promised schema from another.

namespace MLNet.Offline;

/// <summary>What estimators do with shapes.</summary>
internal static class Shapes
{
    /// <summary>The shape with a column added for each pair, or replaced where the name is taken.</summary>
    public static SchemaShape With(
        this SchemaShape inputSchema, IHost host, InputOutputColumnPair[] columns,
        Func<string, SchemaShape.Column, SchemaShape.Column> map)
    {
        Contracts.CheckRef(inputSchema, nameof(inputSchema));
        return inputSchema.With(columns.Select(pair => map(pair.OutputColumnName, inputSchema.Require(host, pair.InputColumnName))));
    }

    public static SchemaShape With(this SchemaShape inputSchema, IEnumerable<SchemaShape.Column> columns)
    {
        var result = inputSchema.ToDictionary(column => column.Name);
        foreach (var column in columns)
            result[column.Name] = column;
        return new SchemaShape(result.Values);
    }

    public static SchemaShape.Column Require(this SchemaShape inputSchema, IHost host, string name) =>
        inputSchema.TryFindColumn(name, out var column) ? column : throw host.ExceptSchemaMismatch(nameof(inputSchema), "input", name);

    public static Exception Mismatch(IHost host, SchemaShape.Column column, string expected) =>
        host.ExceptSchemaMismatch("inputSchema", "input", column.Name, expected, column.GetTypeString());

    public static bool Has(this SchemaShape.Column column, string annotation) => column.Annotations.TryFindColumn(annotation, out _);

    /// <summary>The names of the slots, where the column has them: what a change of its items keeps.</summary>
    public static IEnumerable<SchemaShape.Column> SlotNames(this SchemaShape.Column column) =>
        column.Annotations.Where(annotation => annotation.Name == Kinds.SlotNames);
}
