using Microsoft.ML;

namespace MLNet.BatchNorm.Transforms.Columns;

internal static class SchemaShapeExtensions
{
    /// <summary>The promised columns with others added; one that has the name of another takes its place.</summary>
    public static SchemaShape With(this SchemaShape shape, IEnumerable<SchemaShape.Column> added)
    {
        var columns = shape.ToDictionary(column => column.Name);
        foreach (var column in added)
            columns[column.Name] = column;
        return new SchemaShape(columns.Values);
    }
}
