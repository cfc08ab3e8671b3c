using System.Reflection;
using Microsoft.ML;

namespace MLNet.BatchNorm.Tests;

/// <summary>Promised schemas, and as text what they promise: name, kind, item type, key or not, annotations.</summary>
internal static class ShapeText
{
    // How ML.NET itself asks an estimator for its promise; not public there.
    private static readonly MethodInfo Create =
        typeof(SchemaShape).GetMethod("Create", BindingFlags.NonPublic | BindingFlags.Static, [typeof(DataViewSchema)])!;

    public static SchemaShape ShapeOf(DataViewSchema schema) => (SchemaShape)Create.Invoke(null, [schema])!;

    public static string[] Of(SchemaShape shape) =>
        [.. shape.OrderBy(column => column.Name, StringComparer.Ordinal).Select(column =>
            $"{column.Name}: {Describe(column)} {{{string.Join(", ", Of(column.Annotations))}}}")];

    private static string Describe(SchemaShape.Column column) => $"{column.Kind} {(column.IsKey ? "key " : "")}{column.ItemType}";
}
